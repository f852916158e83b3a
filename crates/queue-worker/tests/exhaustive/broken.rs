//! What no event may do.

/// What no event may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    StaleToken,
    RepeatedCall,
    FalseSuccess,
    NoNearer,
    SilentDeath,
    TooEarly,
    TakenInPause,
    TooMany,
    TakenAfterCancel,
}
