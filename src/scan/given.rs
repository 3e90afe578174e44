//! Given images: opened once, before anything is judged.
//!
//! An image is judged by itself unless a container takes it: a service that names it, one that `--image` gives it to, or
//! a FROM that `--base` gives it to.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Request;
use super::project::Work;
use crate::checks;
use crate::container::reference::Reference;
use crate::discover;
use crate::image::layers::{Contents, Limits, read_all};
use crate::image::{self, Image, ImageError, ImageSource, Opened, Platform, Several, Wanted, wanted};
use crate::policy::Policy;
use crate::problem::Problem;
use crate::subject::image as configuration;

/// The most that standard input may hold, in bytes.
const MOST_PIPED: u64 = 16 << 20;

/// What the command line says of images.
#[derive(Debug, Clone, Default)]
pub struct Images {
    /// Images to judge.
    pub sources: Vec<ImageSource>,
    /// The images of services or Dockerfiles, by the name of the container.
    pub containers: Vec<(String, ImageSource)>,
    /// Base images, by reference.
    pub bases: Vec<(String, ImageSource)>,
    /// Of images for several platforms, only what serves this one.
    pub platform: Option<Platform>,
    /// Whether a registry that is not on this machine may be asked without TLS.
    pub plain_http: bool,
    /// Whether layers may be read.
    pub layers: bool,
}

/// An image, and whether some container has taken it.
#[derive(Debug)]
struct Given {
    /// The name of a container, or a reference; empty for an image by itself.
    name: String,
    opened: Arc<Opened>,
    taken: AtomicBool,
}

impl Given {
    fn take(&self) -> Arc<Opened> {
        self.taken.store(true, Ordering::Relaxed);
        self.opened.clone()
    }
}

/// The images of a run.
#[derive(Debug, Default)]
pub struct GivenImages {
    images: Vec<Given>,
    containers: Vec<Given>,
    bases: Vec<Given>,
    /// Files with configurations that were named as such.
    pub files: Vec<PathBuf>,
    /// What came on standard input.
    piped: Vec<Arc<str>>,
    /// What could not be opened.
    pub problems: Vec<Problem>,
}

impl GivenImages {
    /// Opens all images that a request names. Layers are read if a rule can use them.
    pub fn open(request: &Request, policies: &[Policy]) -> GivenImages {
        let asked = &request.images;
        let mut given = GivenImages::default();
        let depth = if asked.layers { Depth::of(policies) } else { Depth::Configuration };
        for source in &asked.sources {
            match source {
                ImageSource::Config { file } | ImageSource::Inspect { file } if file == Path::new("-") => given.pipe(),
                ImageSource::Config { file } | ImageSource::Inspect { file } => {
                    given.files.push(discover::absolute(file))
                }
                source => {
                    let opened = given.opened(source, asked, Several::All, depth);
                    given.images.extend(opened.into_iter().map(|opened| Given::new(String::new(), opened)));
                }
            }
        }
        for (name, source) in &asked.containers {
            let opened = given.opened(source, asked, Several::One, depth);
            given.containers.extend(opened.into_iter().map(|opened| Given::new(name.clone(), opened)));
        }
        for (name, source) in &asked.bases {
            let opened = given.opened(source, asked, Several::One, depth);
            given.bases.extend(opened.into_iter().map(|opened| Given::new(name.clone(), opened)));
        }
        given
    }

    /// The image of a container: one that was given for its name, else one that carries the reference it names.
    ///
    /// Where several platforms carry the reference and nobody says which one runs, none is taken.
    pub fn of_container(
        &self,
        names: &[&str],
        reference: Option<&str>,
        platform: Option<&Platform>,
    ) -> Option<Arc<Opened>> {
        if let Some(given) = self.containers.iter().find(|given| names.contains(&given.name.as_str())) {
            return Some(given.take());
        }
        let reference = Reference::parse(reference?).ok()?;
        let carries = |given: &&Given| given.opened.image.names.iter().any(|name| is_same(name, &reference));
        let serves = |given: &&Given| match (platform, &given.opened.image.platform) {
            (Some(wanted), Some(have)) => wanted.distance(have).is_some(),
            _ => true,
        };
        let mut carriers = self.images.iter().filter(carries).filter(serves);
        let only = carriers.next()?;
        carriers.next().is_none().then(|| only.take())
    }

    /// The base image that was given for a reference.
    pub fn base(&self, reference: &Reference) -> Option<Arc<Opened>> {
        self.bases.iter().find(|given| is_same(&given.name, reference)).map(Given::take)
    }

    /// What is left to judge by itself: the images that no container has taken, and what was piped.
    pub fn work(&self) -> Vec<Work<'_>> {
        let left = self.images.iter().filter(|given| !given.taken.load(Ordering::Relaxed));
        left.map(|given| Work::Opened(&given.opened)).chain(self.piped.iter().map(Work::Piped)).collect()
    }

    /// What was given for something that is not there.
    pub fn unused(&self) -> Vec<Problem> {
        let unused = |given: &&Given| !given.taken.load(Ordering::Relaxed);
        let container = |given: &Given| {
            let what = format!("there is no service or Dockerfile `{}`", given.name);
            Problem::error("--image", what, "give the name as the report has it: that of the service, or the path")
        };
        let base = |given: &Given| {
            let what = format!("no FROM and no `image` names `{}`", given.name);
            Problem::error("--base", what, "give the reference as it stands there, with its tag")
        };
        let containers = self.containers.iter().filter(unused).map(container);
        containers.chain(self.bases.iter().filter(unused).map(base)).collect()
    }

    /// Whether there is anything to judge.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty() && self.files.is_empty() && self.piped.is_empty()
    }

    fn pipe(&mut self) {
        let mut text = String::new();
        match std::io::stdin().lock().take(MOST_PIPED).read_to_string(&mut text) {
            Ok(_) => self.piped.push(text.into()),
            Err(error) => self.problems.push(Problem::error(
                "standard input",
                format!("it cannot be read: {error}"),
                "pipe what `docker inspect` prints, as UTF-8",
            )),
        }
    }

    fn opened(&mut self, source: &ImageSource, asked: &Images, several: Several, depth: Depth) -> Vec<Opened> {
        let wanted = Wanted { platform: asked.platform.clone(), several };
        let images = match open(source, &wanted, asked) {
            Ok(images) => images,
            Err(error) => {
                self.problems.push(error.problem(&source.to_string()));
                return Vec::new();
            }
        };
        let with_layers = match source {
            ImageSource::Registry { .. } => depth == Depth::Contents,
            ImageSource::Config { .. } => false,
            _ => depth >= Depth::Files,
        };
        let alone = images.len() == 1;
        let opened = images.into_iter().map(|image| {
            let suffix = image.platform.as_ref().filter(|_| !alone).map(ToString::to_string);
            // Files of Windows are named otherwise, and nothing here is about them.
            let windows = image.platform.as_ref().is_some_and(|platform| platform.os == "windows");
            let contents = (with_layers && !windows).then(|| contents(&image));
            Opened::new(image, contents, suffix.as_deref())
        });
        let opened: Vec<Opened> = opened.collect();
        for image in &opened {
            let problems = image.problems().iter().cloned();
            self.problems.extend(problems.map(|problem| problem.problem(&image.image.label)));
        }
        opened
    }
}

/// Whether a name means a reference: without tag and digest it is the one called `latest`.
fn is_same(name: &str, reference: &Reference) -> bool {
    let Ok(name) = Reference::parse(name) else { return false };
    let parts = |reference: &Reference| (reference.domain.clone(), reference.path.clone());
    let exact = match (&name.digest, &reference.digest) {
        (None, None) => name.effective_tag() == reference.effective_tag(),
        (name, reference) => name == reference,
    };
    exact && parts(&name) == parts(reference)
}

impl Given {
    fn new(name: String, opened: Opened) -> Given {
        Given { name, opened: Arc::new(opened), taken: AtomicBool::new(false) }
    }
}

/// How much of an image the rules of a run can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    /// The configuration says all.
    Configuration,
    /// Files in the layers decide what the configuration leaves open.
    Files,
    /// A rule is about what lies in the layers.
    Contents,
}

impl Depth {
    fn of(policies: &[Policy]) -> Depth {
        let bindings = policies.iter().flat_map(|policy| &policy.controls).flat_map(|control| &control.bindings);
        let depth = bindings.map(|binding| match binding.rule {
            rule if rule.judges == "on_image" => Depth::Contents,
            rule if checks::can_use_files(rule.id) => Depth::Files,
            _ => Depth::Configuration,
        });
        // Without rules, what there is to know is shown.
        depth.max().unwrap_or(Depth::Files)
    }
}

fn open(source: &ImageSource, wanted: &Wanted, asked: &Images) -> Result<Vec<Image>, ImageError> {
    #[cfg(feature = "registry")]
    if let ImageSource::Registry { reference } = source {
        let options = image::registry::Options { plain_http: asked.plain_http, ..Default::default() };
        return image::registry::open(reference, wanted, &options);
    }
    #[cfg(not(feature = "registry"))]
    let _ = asked.plain_http;
    image::open(source, wanted)
}

fn contents(image: &Image) -> Contents {
    let loaded = configuration::read(crate::source::SourceId(0), &image.config);
    let history = loaded.images.first().map(|config| config.history.as_slice()).unwrap_or_default();
    let empty: Vec<bool> = history.iter().map(|step| step.empty_layer).collect();
    read_all(image, &wanted::keep(), &Limits::default(), &empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_tag_is_the_latest() {
        let reference = |text: &str| Reference::parse(text).unwrap();
        let same = [
            ("backend:latest", "backend"),
            ("docker.io/library/backend", "backend:latest"),
            ("localhost:5000/a:1", "localhost:5000/a:1"),
        ];
        for (name, text) in same {
            assert!(is_same(name, &reference(text)), "{name} {text}");
        }
        let digest = format!("backend@sha256:{}", "0".repeat(64));
        for (name, text) in [("backend:1", "backend"), ("backend", digest.as_str()), ("a/backend", "backend")] {
            assert!(!is_same(name, &reference(text)), "{name} {text}");
        }
    }
}
