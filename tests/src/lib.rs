//! What the tests of several crates stand on: an S3 server, one that answers as told, a proxy that
//! breaks connections, one that adds TLS, a Redis, and Kubernetes' Jobs without a cluster; and the
//! benchmark of Jobs.
//!
//! Everything listens on the loopback interface only, on a port of its own, in a thread of its own,
//! and ends when it is dropped.

mod background;
pub mod bench_jobs;
mod canned_server;
mod fault_proxy;
pub mod kubernetes;
pub mod logs;
mod redis_server;
pub mod reference;
mod s3_server;
mod tls_proxy;
mod tree;
mod worker;

pub use canned_server::{Answer, CannedServer, Request};
pub use fault_proxy::{Fault, FaultPlan, FaultProxy};
pub use redis_server::RedisServer;
pub use s3_server::S3Server;
pub use tls_proxy::TlsProxy;
pub use tree::tree;
pub use worker::{binary, only_error, worker};
