//! Where queues are kept: one folder for each kind of server.

pub mod redis;
