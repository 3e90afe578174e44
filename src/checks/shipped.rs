//! The stage that ships, as fixes need it: its instructions, and where another one can be put in.

use super::fixes::before_process;
use crate::container::Container;
use crate::container::base::System;
use crate::finding::Edit;
use crate::source::Span;
use crate::subject::dockerfile::instruction::Instruction;

/// The instruction at a place of the Dockerfile that builds a container.
pub(super) fn instruction(container: &Container, place: Span) -> Option<&Instruction> {
    let build = editable(container)?;
    build.file.instructions.iter().find(|instruction| instruction.span == place)
}

/// The edit that puts an instruction into the stage that ships, where its process is declared.
pub(super) fn insert(container: &Container, line: &str) -> Option<Edit> {
    before_process(editable(container)?, line).map(|(edit, _)| edit)
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
