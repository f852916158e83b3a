//! `describe`: a schema and a dialect from files, to begin with.

mod delimiter;
mod lines;
mod rows;
mod run;
mod seen;

pub(crate) use run::run;
