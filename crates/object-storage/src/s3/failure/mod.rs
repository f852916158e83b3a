//! Failed requests: what they mean, and whether another attempt is worth it. Nothing is sent here.

mod answer;
mod attempt;
mod request;

pub(super) use attempt::Failure;
pub(super) use request::of_request;
