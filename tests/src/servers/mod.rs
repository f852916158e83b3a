//! Servers and proxies for tests, each in a thread of its own, on a free port of the loopback
//! interface.

mod background;
mod canned_server;
mod fault_proxy;
mod http_proxy;
mod redis_server;
mod s3_server;
mod tls_proxy;
mod trickle;

pub use canned_server::{Answer, CannedServer, Request};
pub use fault_proxy::{Fault, FaultPlan, FaultProxy};
pub use http_proxy::HttpProxy;
pub use redis_server::RedisServer;
pub use s3_server::S3Server;
pub use tls_proxy::TlsProxy;
pub use trickle::Trickle;
