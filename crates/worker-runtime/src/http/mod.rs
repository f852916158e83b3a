//! A small HTTP server: metrics are served by it, and the pages of a worker. Nothing is encrypted,
//! so it is for a pod's own network, or behind something that encrypts.

mod address;
mod server;

pub use address::ListenAddr;
pub use hyper::body::Bytes;
pub use hyper::{HeaderMap, Method, Request, Response, StatusCode, header};
pub use server::serve;
