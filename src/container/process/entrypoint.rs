//! stub
use super::*;
impl Resolver<'_> {
    pub fn peel_file(&mut self, argv: Argv) -> Option<Argv> {
        self.push(LayerKind::Application, argv);
        None
    }
}
