//! What the lines of an access log look like, and how they are read. Pure: bytes in, entries out.
//!
//! [`detect`] finds out which [`Format`] a log has, a [`Parser`] reads its lines one by one, and
//! what a line says of a request is an [`Entry`]. `known` lists every format that has a name.

mod aws_alb;
mod aws_s3;
mod common;
mod detection;
mod directive;
mod entry;
mod envoy;
mod fields;
mod format;
mod format_error;
mod goaccess;
mod haproxy;
mod json;
mod known;
mod layout;
mod line;
mod log_format;
mod nginx;
mod others;
mod parser;
mod presence;
mod remark;
mod scratch;
mod shape;
mod squid;
mod traefik;
mod unparsed;
mod unwrapper;
mod w3c;
mod wrapper;

pub use detection::{DetectionError, detect, detect_with};
pub(crate) use detection::{fitted, not_text};
pub use entry::Entry;
pub(crate) use fields::client::{address as client_address, is_proxy as is_private};
pub use fields::{Proxies, ProxyError};
pub(crate) use fields::{clock::days, short_search};
pub use format::Format;
pub use format_error::FormatError;
pub use json::JsonFields;
pub use known::NAMED;
pub(crate) use line::InPlace;
pub use line::{Line, MAX_LINE_BYTES};
pub(crate) use others::{Others, OthersBeside};

pub use parser::Parser;
pub use presence::Presence;
pub use remark::{Remark, Remarks};
pub use unparsed::Unparsed;
