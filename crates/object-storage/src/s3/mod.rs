//! Objects of an S3 server. [`Remote`] is the entrance; everything below it is asynchronous, and
//! knows nothing of local files.

mod bucket;
mod cause;
mod client;
mod content_type;
mod credentials;
mod endpoint;
mod endpoint_url;
mod etag;
mod failure;
mod http;
mod list;
mod multipart;
mod network;
mod object;
mod object_headers;
mod parts;
mod proxy;
mod publish;
mod pumped_reader;
mod reader;
mod remote;
mod retry;
mod roots;
mod served_upload;
mod server;
mod silence;
mod upload;

pub(crate) use pumped_reader::PumpedReader;
pub(crate) use remote::Remote;
pub(crate) use served_upload::ServedUpload;
