//! What a pod writes: outputs, and the order in which they become visible.

mod already_done;
mod publication;
mod writer;

pub use already_done::already_done;
pub use publication::Publication;
pub use writer::{Finished, GATHER, Output, blake3};
