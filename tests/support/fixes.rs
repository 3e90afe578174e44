//! Fixes of trees that tests write: planned through the library, nothing written.

use std::collections::BTreeMap;

use plimsoll::finding::Safety;
use plimsoll::fix::{self, Changes};
use plimsoll::policy::Policy;
use plimsoll::scan::Request;

use crate::scan::header;

/// What all fixes, safe and unsafe, would change.
pub fn plan(request: &Request, policies: &[Policy]) -> Changes {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("threads");
    fix::plan(request, policies, &header(policies), Safety::Unsafe, &BTreeMap::new(), &pool).expect("a plan")
}

/// The request for the tree as the changes leave it.
pub fn changed(request: &Request, changes: &Changes) -> Request {
    let texts = changes.files.iter().map(|(path, change)| (path.clone(), change.after.clone()));
    Request { changed: texts.collect(), ..request.clone() }
}
