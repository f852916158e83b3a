//! What a pod writes: outputs, the order in which they become visible, and the last step over all
//! pods' outputs.

mod already_done;
mod commit;
mod finish;
mod publication;
mod whole;
mod writer;

pub use already_done::already_done;
pub use finish::{Finish, Look, Progress, finish};
pub use publication::Publication;
pub use whole::{LARGEST_OF_WHOLE, LeaveOut, Whole, WholeManifest};
pub use writer::{Finished, GATHER, Output, blake3};
