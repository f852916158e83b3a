//! Tasks and claims as a worker holds them. Pure.

/// One task in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The bytes that were pushed.
    pub payload: Vec<u8>,
    /// What it has been through, for a task that failed before.
    pub past: Option<Box<Past>>,
}

/// The part of a failed task's record that a worker needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The id it was given when it failed first.
    pub id: String,
    /// Times a handler failed on it.
    pub failures: u32,
    /// Times the lease ran out while it was in hand.
    pub crashes: u32,
}

impl Task {
    /// A task that has never failed.
    #[must_use]
    pub fn fresh(payload: Vec<u8>) -> Task {
        Task { payload, past: None }
    }

    /// The number of this attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        1 + self.past.as_ref().map_or(0, |past| past.failures + past.crashes)
    }

    /// Handler failures before this attempt.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.past.as_ref().map_or(0, |past| past.failures)
    }
}

/// Tasks leased together. The id is the fencing token: random, made by the worker, never used
/// twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The fencing token.
    pub id: String,
    /// In the order of the queue.
    pub tasks: Vec<Task>,
}

impl Claim {
    /// The id of the task at `place`, which a retried task keeps.
    #[must_use]
    pub fn task_id(&self, place: usize) -> String {
        let mut id = String::new();
        self.write_task_id(place, &mut id);
        id
    }

    /// The same into a text that is used again and again.
    pub(crate) fn write_task_id(&self, place: usize, id: &mut String) {
        id.clear();
        match &self.tasks[place].past {
            Some(past) => id.push_str(&past.id),
            None => {
                id.push_str(&self.id);
                id.push('-');
                push_number(id, place);
            }
        }
    }
}

/// Writes a number without `write!`, which takes several times as long: there is one in each task's
/// id.
fn push_number(text: &mut String, mut number: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] += (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.push_str(str::from_utf8(&digits[first..]).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_task_is_in_its_id_whatever_its_digits() {
        for number in [0, 7, 10, 999, 1000, usize::MAX] {
            let mut text = String::from("c-");
            push_number(&mut text, number);
            assert_eq!(text, format!("c-{number}"));
        }
    }
}
