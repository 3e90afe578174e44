//! The Dockerfile grammar, table by table: what BuildKit takes is taken and means the same here; what it refuses is a
//! problem. Each row says why in one sentence.

mod expansion;
mod frontends;
mod heredocs;
mod hostile;
mod instructions;
mod lexical;
mod oracle;
mod properties;
mod shape;
mod stages;
