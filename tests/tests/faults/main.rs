//! The promise "kill it at any instant, nothing is lost", in figures: one line a scenario. A short
//! form runs with all tests; `make test-faults` runs the long one and prints the table.
#![allow(unreachable_pub)] // nothing of a test is reached from elsewhere

mod audit;
mod children;
mod disk;
mod disk_errors;
mod disk_slow;
mod figures;
mod files;
mod job;
mod memory;
mod processes;
#[path = "../../../crates/queue-worker/tests/support/mod.rs"]
mod queue;
mod queue_connections;
mod queue_kills;
mod queue_refusals;
mod queue_restarts;
mod queue_topologies;
mod s3;
mod size;
