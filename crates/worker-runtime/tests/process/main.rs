//! The pod contract, tried on real processes of `examples/worker.rs`.

mod child;
mod command_line;
mod endings;
mod log_lines;
mod metrics;
mod signals;
mod terminal;
mod termination;
