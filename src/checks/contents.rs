//! Contents: what an image must not carry, in its layers and in its configuration.
//!
//! What is judged is what the layers hold, entry by entry. A layer that could not be read leaves open what nothing else
//! decides, and so does a file whose content was not kept.

mod accounts;
mod history;
mod leftovers;
mod modes;
mod packages;
mod secret_content;
mod secret_name;
mod secrets;

use crate::container::Container;
use crate::finding::{Finding, Judgement, Note};
use crate::image::layers::Contents;
use crate::rule;
use crate::rule::Rule;
use crate::shell;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("secret-in-image", on_image: secrets::secret_in_image),
    rule!("secret-in-removed-file", on_image: secrets::secret_in_removed_file),
    rule!("secret-in-history", on_container: history::secret_in_history),
    rule!("account-password-empty", on_image: accounts::account_password_empty),
    rule!("account-id-shared", on_image: accounts::account_id_shared),
    rule!("setuid-file", on_image: modes::setuid_file),
    rule!("file-world-writable", on_image: modes::file_world_writable),
    rule!("file-unnecessary", on_image: leftovers::file_unnecessary),
    rule!("package-cache-left", on_image: leftovers::package_cache_left),
    rule!("package-forbidden", on_image: packages::package_forbidden),
    rule!("sshd-installed", on_image: packages::sshd_installed),
    rule!("image-volume-system", on_container: history::image_volume_system),
];

/// More findings of one rule in one image say no more.
const MOST_FINDINGS: usize = 100;

/// What a look through an image came to.
#[derive(Default)]
struct Look {
    findings: Vec<Finding>,
    /// Findings that are left out.
    more: usize,
    unknown: Vec<Note>,
}

impl Look {
    fn find(&mut self, finding: Finding) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.findings.push(finding);
        }
    }

    /// Whether findings are only counted from now on.
    fn is_full(&self) -> bool {
        self.findings.len() >= MOST_FINDINGS
    }

    /// What was not decidable, told as often as findings are.
    fn leave_open(&mut self, why: String) {
        if self.unknown.len() < MOST_FINDINGS {
            self.unknown.push(Note { message: why, place: None });
        }
    }

    /// The judgement; `evidence` is what holds if nothing was found.
    fn judgement(mut self, container: &Container, contents: &Contents, evidence: &str) -> Judgement {
        if let Some(why) = contents.unknown() {
            self.leave_open(why);
        }
        if let Some(last) = self.findings.last_mut().filter(|_| self.more > 0) {
            last.notes.push(Note { message: format!("{} more are not listed", self.more), place: None });
        }
        if !self.findings.is_empty() {
            return Judgement::Violated { findings: self.findings, unknown: self.unknown };
        }
        if !self.unknown.is_empty() {
            return Judgement::Inconclusive(self.unknown);
        }
        Judgement::met(container.key, evidence)
    }
}

/// A path as messages name it.
fn shown(path: &str) -> String {
    format!("/{path}")
}

/// Says which instruction made a layer, where the history of the image tells.
fn blame(finding: Finding, container: &Container, layer: usize, what: &str) -> Finding {
    let number = layer + 1;
    match container.image.made_by.get(layer).and_then(Option::as_ref) {
        Some(made_by) => {
            let instruction = instruction(&made_by.value);
            finding.note_at(made_by.span, format!("`{instruction}` {what} it, in layer {number}"))
        }
        None => finding.note(format!("layer {number} {what} it")),
    }
}

/// An instruction as messages name it. Of a RUN only its name is told, as its arguments may hold secrets.
fn instruction(made_by: &str) -> String {
    let text = made_by.strip_prefix("/bin/sh -c #(nop)").unwrap_or(made_by).trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim();
    match text.split_whitespace().next() {
        Some("COPY" | "ADD" | "WORKDIR") if !text.contains("://") => text.chars().take(100).collect(),
        Some(keyword) if keyword.bytes().all(|byte| byte.is_ascii_uppercase()) => keyword.to_string(),
        _ if shell::behind_shell(text).is_some() || text.starts_with('|') => "RUN".to_string(),
        _ => "the build".to_string(),
    }
}
