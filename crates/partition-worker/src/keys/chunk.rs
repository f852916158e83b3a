//! Keys as they come, until they are enough for a run: sorted, they are written as one.

use super::block::BlockWriter;
use super::entry::KeyPlace;
use super::form::{self, Head};

/// Bytes of forms beyond their heads, after which a chunk is full.
const MOST_TAILS: usize = 8 << 20;

/// What is sorted: 24 bytes, which holds all that is ever compared of most keys.
#[derive(Clone, Copy)]
struct Gathered {
    head: [u64; 2],
    /// Where the rest of its form begins; there is none where this is [`NO_TAIL`].
    tail: u32,
    /// Number of its place.
    place: u32,
}

const NO_TAIL: u32 = u32::MAX;

/// The keys of one constraint that are gathered.
pub(super) struct Chunk {
    keys: Vec<Gathered>,
    places: Vec<KeyPlace>,
    /// Each with its length before it.
    tails: Vec<u8>,
    most: usize,
}

impl Chunk {
    /// For at most so many keys.
    pub(super) fn new(most: usize) -> Chunk {
        Chunk { keys: Vec::new(), places: Vec::new(), tails: Vec::new(), most }
    }

    /// Adds a key; `exact` is the value where `value` is only a hash of it.
    #[inline]
    pub(super) fn add(&mut self, value: u128, exact: &[u8], place: KeyPlace) {
        let (head, tail) = match form::short(value) {
            Some(head) => (head, NO_TAIL),
            None => {
                let tail = self.tails.len();
                self.tails.push(0);
                let (head, length) = form::long(exact, &mut self.tails);
                self.tails[tail] = length;
                (head, tail as u32)
            }
        };
        let head = [(head >> 64) as u64, head as u64];
        self.keys.push(Gathered { head, tail, place: self.places.len() as u32 });
        self.places.push(place);
    }

    /// Whether it should be written before there is more.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.keys.len() >= self.most || self.tails.len() >= MOST_TAILS
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Sorts the keys, and appends them as blocks. Returns the forms of the first and the last.
    pub(super) fn write(
        &mut self,
        blocks: &mut BlockWriter,
        out: &mut Vec<u8>,
    ) -> (Vec<u8>, Vec<u8>) {
        let Chunk { keys, places, tails, .. } = self;
        let tail = |key: &Gathered| match key.tail {
            NO_TAIL => &[][..],
            at => {
                let at = at as usize;
                &tails[at + 1..at + 1 + usize::from(tails[at])]
            }
        };
        // No two are equal: the partition has taken the first of each.
        keys.sort_unstable_by(|one, other| {
            one.head.cmp(&other.head).then_with(|| tail(one).cmp(tail(other)))
        });
        let (mut form, mut first) = (Vec::with_capacity(form::LONGEST), Vec::new());
        for key in &*keys {
            let head = Head::from(key.head[0]) << 64 | Head::from(key.head[1]);
            form::write(head, tail(key), &mut form);
            if first.is_empty() {
                first.clone_from(&form);
            }
            blocks.add(&form, places[key.place as usize], out);
        }
        blocks.end(out);
        keys.clear();
        places.clear();
        tails.clear();
        (first, form)
    }
}
