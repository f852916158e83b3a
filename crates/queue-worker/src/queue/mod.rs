//! What a queue is, wherever it is kept: tasks and claims, what a worker asks for, what it tells
//! and what it learns. Pure: no connection, no clock.

mod rate;
mod settle;
mod status;
mod step;
mod task;
mod terms;

pub use rate::Rate;
pub use settle::{Failure, Fate, Rest, Settle};
pub use status::{ClaimStatus, Status, are_drained_together};
pub use step::{Advanced, Step};
pub use task::{Claim, Past, Task};
pub use terms::{Delivery, ResultStore, Terms, worker_name};
