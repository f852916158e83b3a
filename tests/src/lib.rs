//! What the tests of several crates stand on: an S3 server, one that answers as told, a proxy that
//! breaks connections, one that adds TLS, a Redis, and Kubernetes' Jobs without a cluster.
//!
//! Everything listens on the loopback interface only, on a port of its own, in a thread of its own,
//! and ends when it is dropped.

pub mod kubernetes;
pub mod logs;
mod mmdb;
pub mod reference;
mod servers;
mod storage;
mod tree;
mod worker;

pub use mmdb::mmdb;
pub use servers::{
    Answer, CannedServer, Fault, FaultPlan, FaultProxy, HttpProxy, RedisServer, Request, S3Server,
    TlsProxy, Trickle,
};
pub use storage::{Reader, Storage, Upload};
pub use tree::tree;
pub use worker::{binary, only_error, worker};
