//! Subjects: what is judged, each parsed once and resolved once.
