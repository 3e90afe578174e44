//! The stage that ships, as fixes need it: its instructions, and where another one can be put in.

use crate::container::Container;
use crate::container::base::System;
use crate::finding::Edit;
use crate::source::Span;
use crate::subject::dockerfile::instruction::{Instruction, Kind};

/// The instruction at a place of the Dockerfile that builds a container.
pub(super) fn instruction(container: &Container, place: Span) -> Option<&Instruction> {
    let build = editable(container)?;
    build.file.instructions.iter().find(|instruction| instruction.span == place)
}

/// The edit that puts an instruction before the first CMD or ENTRYPOINT at the end of the stage that ships, or at its
/// end if it has none.
pub(super) fn insert(container: &Container, line: &str) -> Option<Edit> {
    let build = editable(container)?;
    let stage = build.stages.stages.get(build.target)?;
    let instructions = build.file.instructions.get(stage.instructions.clone())?;
    let starts = |instruction: &&Instruction| matches!(instruction.kind, Kind::Cmd(_) | Kind::Entrypoint(_));
    let last = instructions.last()?;
    let start = instructions.iter().rev().take_while(starts).last();
    let start = start.or_else(|| instructions.iter().rev().find(starts));
    Some(match start {
        Some(start) => Edit::insert_before(start.span, format!("{line}\n")),
        None => Edit::insert_after(last.span, format!("\n{line}")),
    })
}

/// The build, if its file stands by itself: a line more in the text of another file is not that simple.
fn editable(container: &Container) -> Option<&crate::container::build::Build> {
    let inline =
        container.service.as_ref().and_then(|service| service.build.as_ref()).is_some_and(|b| b.inline.is_some());
    container.build.as_deref().filter(|_| !inline)
}

/// The command that creates an account with these ids in the image; `None` where there is nothing to do it with. A group
/// of another name that has the id already is taken as it is: to create it again would fail.
pub(super) fn account_command(container: &Container, name: &str, uid: u32, gid: u32) -> Option<String> {
    let system = container.image.base.facts.as_ref()?.system?;
    if let Some(group) = container.image.accounts.by_gid(gid).filter(|group| group.name != name) {
        let group = &group.name;
        return match system {
            System::Alpine | System::Wolfi | System::Busybox => Some(format!("adduser -D -u {uid} -G {group} {name}")),
            System::Debian | System::Ubuntu | System::RedHat => {
                Some(format!("useradd --uid {uid} --gid {group} {name}"))
            }
            System::Distroless | System::None => None,
        };
    }
    match system {
        System::Alpine | System::Wolfi | System::Busybox => {
            Some(format!("addgroup -g {gid} {name} && adduser -D -u {uid} -G {name} {name}"))
        }
        System::Debian | System::Ubuntu | System::RedHat => {
            Some(format!("groupadd --gid {gid} {name} && useradd --uid {uid} --gid {gid} {name}"))
        }
        System::Distroless | System::None => None,
    }
}
