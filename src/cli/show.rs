//! `plimsoll show`.

use std::io::{self, Write};

use super::{FAILED, ShowArgs, ShowFormat};
use crate::report::show;
use crate::scan;

pub(super) fn run(args: ShowArgs) -> io::Result<u8> {
    let Some(request) = super::scan::request(&args.input) else { return Ok(FAILED) };
    let Some(pool) = super::scan::pool(&request) else { return Ok(FAILED) };
    let mut shown = pool.install(|| scan::containers(&request));
    let mut code = 0;
    for problem in &shown.problems {
        super::output::problem(&mut io::stderr().lock(), problem)?;
        code = FAILED;
    }
    if let Some(name) = &args.container {
        let names: Vec<String> = shown.containers.iter().map(|container| container.name.clone()).collect();
        shown.containers.retain(|container| container.name == *name);
        if shown.containers.is_empty() {
            eprintln!("error: there is no container `{}`", crate::terminal::clean(name));
            let known = if names.is_empty() { "none at all".to_string() } else { names.join(", ") };
            eprintln!("  = help: there are {}", crate::terminal::clean(&known));
            return Ok(FAILED);
        }
    }
    if shown.containers.is_empty() && code == 0 {
        eprintln!("error: there is no container to show: no Dockerfile, no Compose file");
        eprintln!("  = help: name the files, or see that .gitignore does not exclude them");
        code = FAILED;
    }
    let mut out = super::output::standard();
    match args.format {
        ShowFormat::Table => show::table(&mut out, &shown.containers, args.color.wanted(&io::stdout()))?,
        ShowFormat::Json => show::json(&mut out, &shown.containers)?,
    }
    out.flush()?;
    Ok(code)
}
