//! Manifests without a cluster: rendered, read strictly, held against the rules of the API server,
//! and their Jobs run as Kubernetes would, with containers as processes or in Docker.

mod container;
mod container_spec;
mod controller;
mod lab;
mod manifests;
mod rules;
mod spec_values;
mod stop;

pub use container::{Cluster, Pod, Runtime};
pub use controller::{Ended, Finished, run_job, try_job};
pub use lab::{Lab, assert_complete};
pub use manifests::{Manifests, kustomizations};
pub use rules::{action_on, broken_rules, demanded_action};
