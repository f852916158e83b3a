//! A worker: lanes, a heartbeat, and the reasons to end.

mod attempt;
mod cancels;
mod drained;
mod error;
mod heartbeat;
mod lane;
mod leases;
mod open_claim;
mod opening;
mod order;
mod pace;
mod plan;
mod run;
mod served;
mod shared;
mod steps;
mod summary;
mod tally;

pub use error::LaneError;
pub use leases::{Held, Leases};
pub use open_claim::{OpenClaim, Policy};
pub use order::Order;
pub use pace::Pace;
pub use plan::{Bounds, End, ExitWhen, Idle, Plan};
pub use run::{Settings, run};
pub use summary::{Left, Summary};
pub use tally::Tally;
