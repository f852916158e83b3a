//! `describe`: a schema and a dialect from files, to begin with.

mod delimiter;
mod rows;
mod run;

pub(crate) use run::run;
