//! What lies behind an error of the SDK.

use std::error::Error as StdError;
use std::io;

pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| error.source())
}

pub(super) fn find<'a, E: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

pub(super) fn messages(error: &(dyn StdError + 'static)) -> Vec<String> {
    causes(error).map(ToString::to_string).collect()
}

/// The text of the first cause: what went wrong, without the layers it came through.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    messages(error).pop().unwrap_or_default()
}

/// Whether the two sides could not agree on TLS, rather than that the connection broke.
pub(super) fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    // An io::Error does not tell what it carries as its source, and one may carry another.
    let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || carried.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}
