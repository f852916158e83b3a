//! What people and what bots have sent, apart.

/// Something of people and of bots, which are told apart by the user agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BySender<T> {
    /// Of people: of agents that are no bot's.
    pub people: T,
    /// Of bots.
    pub bots: T,
}

impl<T> BySender<T> {
    /// That of bots, or that of people.
    #[inline]
    pub(super) fn of(&mut self, is_bot: bool) -> &mut T {
        if is_bot { &mut self.bots } else { &mut self.people }
    }

    /// The same of both.
    pub fn map<'a, U>(&'a self, of: impl Fn(&'a T) -> U) -> BySender<U> {
        BySender { people: of(&self.people), bots: of(&self.bots) }
    }
}

impl BySender<u64> {
    /// Both together.
    pub fn all(self) -> u64 {
        self.people + self.bots
    }
}

impl std::iter::Sum for BySender<u64> {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(BySender::default(), |sum, part| BySender {
            people: sum.people + part.people,
            bots: sum.bots + part.bots,
        })
    }
}
