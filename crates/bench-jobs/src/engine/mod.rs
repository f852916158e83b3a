//! Where Jobs run: on a cluster, or on this machine as processes or in Docker.

mod cluster;
mod event;
mod local;

pub(crate) use cluster::Remote;
pub(crate) use event::Events;
pub use event::Interrupted;
pub(crate) use local::{Local, docker_version};
