//! Finds the origins of clients, one after the other, and remembers them: most clients send many
//! requests, and many clients share a record.

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::counting::Origin;
use crate::formats::client_address;

use super::database::{DatabaseError, Databases, Offsets};

/// Clients that are remembered; a power of two.
const CLIENTS: usize = 1 << 13;

/// Origins that are kept; their numbers have 16 bits, and a block of lines may have new ones before
/// they are forgotten.
const ORIGINS: usize = 60_000;

/// Finds the origins of clients.
pub(crate) struct OriginFinder<'d> {
    databases: &'d Databases,
    /// The hash of each client, and the number of its origin.
    clients: Box<[(u64, u16)]>,
    by_record: HashMap<Offsets, u16>,
    origins: Vec<Origin>,
}

impl<'d> OriginFinder<'d> {
    /// One that has found nothing yet.
    pub(crate) fn new(databases: &'d Databases) -> OriginFinder<'d> {
        OriginFinder {
            databases,
            clients: vec![(0, 0); CLIENTS].into(),
            by_record: HashMap::new(),
            origins: Vec::new(),
        }
    }

    /// The number of a client's origin among [`OriginFinder::origins`].
    #[inline]
    pub(crate) fn find(&mut self, client: &[u8]) -> Result<u16, DatabaseError> {
        // 0 is nobody.
        let hash = xxh3_64(client) | 1;
        let place = (hash >> 32) as usize % CLIENTS;
        if self.clients[place].0 == hash {
            return Ok(self.clients[place].1);
        }
        let origin = self.look_up(client)?;
        self.clients[place] = (hash, origin);
        Ok(origin)
    }

    #[cold]
    fn look_up(&mut self, client: &[u8]) -> Result<u16, DatabaseError> {
        let address = client_address(client);
        let offsets = match address {
            Some(address) => self.databases.offsets(address)?,
            // A name is nowhere.
            None => [None; 2],
        };
        if let Some(origin) = self.by_record.get(&offsets) {
            return Ok(*origin);
        }
        let [country, network] = self.databases.labels(address)?;
        let number = self.origins.len() as u16;
        self.origins.push(Origin { country, network });
        self.by_record.insert(offsets, number);
        Ok(number)
    }

    /// The origins that were found.
    pub(crate) fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Forgets all where there are many. No number of an origin must be in use.
    #[inline]
    pub(crate) fn make_room(&mut self) {
        if self.origins.len() > ORIGINS {
            self.clients.fill((0, 0));
            self.by_record.clear();
            self.origins.clear();
        }
    }
}
