//! What a client makes of servers that refuse, misbehave or are something else.

mod bench;
mod completing;
mod looking;
mod publishing;
mod reading;
mod servers;
