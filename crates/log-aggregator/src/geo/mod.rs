//! Where clients come from: their countries and networks, by databases in MaxMind's format. Pure:
//! bytes of a database in, origins out.

mod database;
mod finder;
mod record;

pub(crate) use database::{Database, DatabaseError, Databases};
pub(crate) use finder::OriginFinder;
