//! Which of the fields that filters may ask for the lines of a log have.

use super::entry::Entry;
use super::fields::Field;

/// Some of the fields host, status, agent and method. A client and a target are in every format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence(u8);

impl Presence {
    /// The virtual host.
    pub const HOST: Presence = Presence(1);
    /// The status.
    pub const STATUS: Presence = Presence(2);
    /// The user agent.
    pub const AGENT: Presence = Presence(4);
    /// The method.
    pub const METHOD: Presence = Presence(8);

    const NAMED: [(Presence, &str); 4] = [
        (Presence::HOST, "host"),
        (Presence::STATUS, "status"),
        (Presence::AGENT, "user agent"),
        (Presence::METHOD, "method"),
    ];

    /// The fields that an entry has.
    pub(crate) fn of(entry: &Entry<'_>) -> Presence {
        let has = |presence: Presence, is_there: bool| if is_there { presence.0 } else { 0 };
        Presence(
            has(Presence::HOST, entry.host.is_some())
                | has(Presence::STATUS, entry.status.is_some())
                | has(Presence::AGENT, entry.agent.is_some())
                | has(Presence::METHOD, !entry.method.is_empty()),
        )
    }

    /// The fields that the lines of a layout have.
    pub(super) fn of_fields(fields: impl Iterator<Item = Field>) -> Presence {
        fields.fold(Presence::default(), |mut all, field| {
            all.join(match field {
                Field::Host | Field::ServerName => Presence::HOST,
                Field::RequestOfUrl | Field::RequestOfUrlIfAny => {
                    Presence(Presence::HOST.0 | Presence::METHOD.0)
                }
                Field::Url => Presence::HOST,
                Field::Status | Field::StatusIfAny => Presence::STATUS,
                Field::Agent => Presence::AGENT,
                Field::Request | Field::Method => Presence::METHOD,
                _ => Presence::default(),
            });
            all
        })
    }

    /// Adds all of the others.
    pub(crate) fn join(&mut self, others: Presence) {
        self.0 |= others.0;
    }

    /// Those that are not among the others.
    pub(crate) fn without(self, others: Presence) -> Presence {
        Presence(self.0 & !others.0)
    }

    /// The name of the first one; `None` where there is none.
    pub(crate) fn first(self) -> Option<&'static str> {
        Presence::NAMED.into_iter().find(|(one, _)| self.0 & one.0 != 0).map(|(_, name)| name)
    }
}
