//! Placing: the configuration of a base image, whose values stand nowhere in the project, at the place that names it.

use super::{ImageConfig, Words};
use crate::source::{Span, Spanned};

impl ImageConfig {
    /// The same configuration with every value at one place. Serves base images; what only a container has is left out.
    pub fn placed_at(mut self, place: Span) -> ImageConfig {
        fn put<T>(value: &mut Option<Spanned<T>>, place: Span) {
            value.iter_mut().for_each(|value| value.span = place);
        }
        fn words(words: &mut Option<Words>, place: Span) {
            put(words, place);
            words.iter_mut().flat_map(|words| &mut words.value).for_each(|word| word.span = place);
        }
        (self.span, self.place, self.container) = (place, place, None);
        for text in [
            &mut self.name,
            &mut self.user,
            &mut self.workdir,
            &mut self.stop_signal,
            &mut self.architecture,
            &mut self.os,
        ] {
            put(text, place);
        }
        for argv in [&mut self.entrypoint, &mut self.cmd, &mut self.shell, &mut self.on_build] {
            words(argv, place);
        }
        put(&mut self.size, place);
        self.exposed_ports.iter_mut().chain(&mut self.volumes).for_each(|text| text.span = place);
        for variable in &mut self.env {
            variable.name.span = place;
            put(&mut variable.value, place);
        }
        for (name, value) in &mut self.labels {
            (name.span, value.span) = (place, place);
        }
        if let Some(check) = &mut self.healthcheck {
            check.span = place;
            words(&mut check.value.test, place);
            let timing = &mut check.value.timing;
            for duration in
                [&mut timing.interval, &mut timing.timeout, &mut timing.start_period, &mut timing.start_interval]
            {
                put(duration, place);
            }
            put(&mut timing.retries, place);
        }
        self.history.iter_mut().for_each(|step| put(&mut step.created_by, place));
        self
    }
}
