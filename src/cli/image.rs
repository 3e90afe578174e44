//! `plimsoll image`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::{Args, Subcommand};

use super::output::{self, Pending};
use super::{FAILED, ShowFormat};
use crate::checks;
use crate::image::demand::{Amount, Demand, Judged};
use crate::image::diff::Difference;
use crate::image::inside::Inside;
use crate::image::{Image, ImageError, ImageSource, Platform, Several, Wanted};
use crate::report::image as report;
use crate::rule::front_matter::FrontMatter;
use crate::terminal::{Color, clean};

/// The rule whose page holds by how much the image of each runtime has to be smaller.
const SIZE_RULE: &str = "image-size-over-budget";

#[derive(Debug, Subcommand)]
pub(super) enum ImageCommand {
    /// Compare an image with an earlier one: sizes, layers, settings, accounts and files.
    ///
    /// Images are `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:TAG]`, `registry:REF`, or a path to a
    /// layout or archive. Values of variables that may be secret are not shown.
    ///
    /// Exit code: 0 if all that is required is met, 1 if something is missed, 2 if the job could not be done, also
    /// because a layer could not be read.
    Diff(DiffArgs),
    /// Show what an image is set to, its layers with what made them, and its largest files.
    ///
    /// Exit code: 0, or 2 if the image could not be read in full.
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier image.
    #[arg(value_name = "BEFORE")]
    before: String,
    /// The later image.
    #[arg(value_name = "AFTER")]
    after: String,
    /// By how many percent the later image has to be smaller, unpacked; or `node`, `nginx`, `python`: as was decided for
    /// that runtime.
    #[arg(long, value_name = "PERCENT|RUNTIME", value_parser = reduction)]
    require_reduction: Option<Reduction>,
    /// By how much the later image may be larger, unpacked: `5%`, `20MB`, `0`.
    #[arg(long, value_name = "BYTES|PERCENT%", value_parser = growth)]
    fail_on_growth: Option<Amount>,
    /// How many files are listed, those that weigh most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    files: usize,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The image.
    #[arg(value_name = "IMAGE")]
    image: String,
    /// How many files are listed, the largest.
    #[arg(long, value_name = "N", default_value_t = 20)]
    files: usize,
    #[command(flatten)]
    common: CommonArgs,
}

/// What both commands take.
#[derive(Debug, Args)]
struct CommonArgs {
    /// Which image of several for different platforms.
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = platform)]
    platform: Option<Platform>,
    /// Ask registries over HTTP instead of HTTPS; no login is sent then.
    #[cfg(feature = "registry")]
    #[arg(long)]
    plain_http: bool,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = ShowFormat::Table)]
    format: ShowFormat,
    /// Write another format to a file, too.
    #[arg(short, long = "output", value_name = "FORMAT=FILE")]
    outputs: Vec<String>,
    /// When to print in colour.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// A required reduction, and who decided it.
#[derive(Debug, Clone)]
struct Reduction {
    percent: f64,
    decided: String,
}

fn platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text).ok_or_else(|| "a platform is written `linux/amd64` or `linux/arm64/v8`".to_string())
}

fn percent(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|percent: &f64| plain && percent.is_finite())
}

fn reduction(text: &str) -> Result<Reduction, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    if let Some(percent) = percent(number) {
        let fits = (0.0..=100.0).contains(&percent);
        return if fits {
            Ok(Reduction { percent, decided: String::new() })
        } else {
            Err("no more than 100".to_string())
        };
    }
    let decided = decided();
    match decided.iter().find(|(runtime, _)| runtime == text) {
        Some((runtime, percent)) => Ok(Reduction { percent: *percent, decided: format!(" (decided for {runtime})") }),
        None => {
            let names: Vec<String> = decided.iter().map(|(runtime, _)| format!("`{runtime}`")).collect();
            Err(format!("it is a number of percent such as `60`, or one of {}", names.join(", ")))
        }
    }
}

/// The reductions that were decided, by runtime: those on the page of the rule about sizes.
fn decided() -> Vec<(String, f64)> {
    let page = checks::rules().find(|rule| rule.id == SIZE_RULE).map(|rule| FrontMatter::read(rule.page));
    let parameters = page.and_then(Result::ok).map(|page| page.parameters).unwrap_or_default();
    let reductions = parameters.into_iter().find(|parameter| parameter.name == "reduction");
    let reductions = reductions.and_then(|parameter| parameter.default.as_object().cloned()).unwrap_or_default();
    reductions.into_iter().filter_map(|(runtime, percent)| Some((runtime, percent.as_f64()?))).collect()
}

fn growth(text: &str) -> Result<Amount, String> {
    let wrong = || "it is an amount such as `20MB`, `5%` or `0`".to_string();
    if let Some(number) = text.strip_suffix('%') {
        return percent(number.trim_end()).map(Amount::Percent).ok_or_else(wrong);
    }
    let lower = text.to_ascii_lowercase();
    let units = [
        ("kib", 1u64 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("kb", 1000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("b", 1),
        ("", 1),
    ];
    let found = units.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?.trim_end(), *factor)));
    let bytes = found.and_then(|(number, factor)| Some(percent(number)? * factor as f64));
    let bytes = bytes.filter(|bytes| *bytes < u64::MAX as f64).ok_or_else(wrong)?;
    Ok(Amount::Bytes(bytes.round() as u64))
}

pub(super) fn run(command: &ImageCommand) -> io::Result<u8> {
    match command {
        ImageCommand::Diff(args) => diff(args),
        ImageCommand::Show(args) => show(args),
    }
}

fn diff(args: &DiffArgs) -> io::Result<u8> {
    let Some(sheets) = sheets(&args.common.outputs) else { return Ok(FAILED) };
    let (Some(before), Some(after)) = (open(&args.before, &args.common), open(&args.after, &args.common)) else {
        return Ok(FAILED);
    };
    let [before, after] = [before, after].map(inside);
    let difference = Difference::of(&before, &after);
    let judged = judged(args, &difference);
    write(sheets, &args.common, &|out, format, color, width| match format {
        ShowFormat::Table => {
            report::table::write(out, [&before, &after], &difference, &judged, (args.files, color, width))
        }
        ShowFormat::Json => report::json::write(out, [&before, &after], &difference, &judged),
    })?;
    Ok(difference.exit_code(&judged))
}

fn judged(args: &DiffArgs, difference: &Difference) -> Vec<Judged> {
    let reduction = args.require_reduction.as_ref();
    let reduction = reduction.map(|reduction| (Demand::Reduction(reduction.percent), reduction.decided.clone()));
    let growth = args.fail_on_growth.map(|amount| (Demand::Growth(amount), String::new()));
    let judge = |(demand, decided): (Demand, String)| {
        let outcome = demand.judge(&difference.before, &difference.after);
        Judged { demand, decided, outcome }
    };
    reduction.into_iter().chain(growth).map(judge).collect()
}

fn show(args: &ShowArgs) -> io::Result<u8> {
    let Some(sheets) = sheets(&args.common.outputs) else { return Ok(FAILED) };
    let Some(image) = open(&args.image, &args.common) else { return Ok(FAILED) };
    let inside = inside(image);
    write(sheets, &args.common, &|out, format, color, width| match format {
        ShowFormat::Table => report::show::table(out, &inside, (args.files, color, width)),
        ShowFormat::Json => report::show::json(out, &inside, args.files),
    })?;
    Ok(if inside.unknown().is_empty() { 0 } else { FAILED })
}

/// Opens the one image that is meant; what is wrong is printed.
fn open(text: &str, args: &CommonArgs) -> Option<Image> {
    let image = source(text).and_then(|source| {
        let wanted = Wanted { platform: args.platform.clone(), several: Several::One };
        let images = match &source {
            #[cfg(feature = "registry")]
            ImageSource::Registry { reference } => {
                let options = crate::image::registry::Options { plain_http: args.plain_http, ..Default::default() };
                crate::image::registry::open(reference, &wanted, &options)
            }
            source => crate::image::open(source, &wanted),
        };
        let none = || ImageError::new(format!("`{text}` holds no image"), "check the path and the name");
        images?.into_iter().next().ok_or_else(none)
    });
    image.map_err(|error| complain("error", &error)).ok()
}

/// What the user means by a text: a source with its prefix, or a path that is recognised by what lies there.
fn source(text: &str) -> Result<ImageSource, ImageError> {
    if let Some(source) = ImageSource::parse(text) {
        return source;
    }
    let help = "give a layout or an archive; an image in a registry is written `registry:REF`";
    let found = ImageSource::recognise(Path::new(text));
    let found = found.map_err(|error| match Path::new(text).exists() {
        true => error,
        false => ImageError::new(error.what, help),
    });
    found?.ok_or_else(|| ImageError::new(format!("`{text}` is no image: no layout, and no archive of one"), help))
}

/// Reads an image in full, and says what could not be read.
fn inside(image: Image) -> Inside {
    let inside = Inside::read(image);
    for problem in &inside.problems {
        let what = format!("{}: {}", inside.image.label, problem.what);
        complain("warning", &ImageError::new(what, problem.help.clone()));
    }
    inside
}

fn complain(word: &str, error: &ImageError) {
    eprintln!("{word}: {}", clean(&error.what));
    eprintln!("  = help: {}", clean(&error.help));
}

/// A file that is asked for, opened before anything is read.
struct Sheet {
    format: ShowFormat,
    file: Pending,
    sink: BufWriter<File>,
}

/// The files of `--output`; what is wrong is printed.
fn sheets(given: &[String]) -> Option<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for (format, path) in output::named::<ShowFormat>(given)? {
        match Pending::create(&path) {
            Ok((file, sink)) => sheets.push(Sheet { format, file, sink }),
            Err(error) => {
                eprintln!("error: cannot write `{}`: {error}", clean(&path.display().to_string()));
                return None;
            }
        }
    }
    Some(sheets)
}

/// Writes to standard output and to the files that are asked for.
type WriteTo<'w> = dyn Fn(&mut dyn Write, ShowFormat, bool, usize) -> io::Result<()> + 'w;

fn write(sheets: Vec<Sheet>, args: &CommonArgs, write: &WriteTo<'_>) -> io::Result<()> {
    let width = super::scan::terminal_width();
    let mut out = output::standard();
    write(&mut out, args.format, args.color.wanted(&io::stdout()), width)?;
    out.flush()?;
    for Sheet { format, file, mut sink } in sheets {
        write(&mut sink, format, false, width)?;
        sink.flush()?;
        drop(sink);
        file.finish()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reductions_are_numbers_or_as_decided() {
        let read = |text| reduction(text).map(|reduction| reduction.percent);
        for (text, expected) in [("60", 60.0), ("62.5", 62.5), ("0", 0.0), ("100%", 100.0)] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for (text, expected) in [("node", 60.0), ("nginx", 75.0), ("python", 50.0)] {
            assert_eq!(read(text), Ok(expected), "{text}: as decided");
        }
        for wrong in ["", "-1", "101", "NaN", "inf", "1e2", "ruby", "%"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn growth_is_an_amount() {
        for (text, expected) in [
            ("0", Amount::Bytes(0)),
            ("20MB", Amount::Bytes(20_000_000)),
            ("1.5 MiB", Amount::Bytes(3 << 19)),
            ("7b", Amount::Bytes(7)),
            ("5%", Amount::Percent(5.0)),
        ] {
            assert_eq!(growth(text), Ok(expected), "{text}");
        }
        for wrong in ["", "MB", "-1", "%", "5%%", "1e400", "99999999999GB", "5 things"] {
            assert!(growth(wrong).is_err(), "{wrong}");
        }
    }
}
