//! When to take tasks, when to wait and when to stop: decided from numbers, without a clock or a
//! connection.

use std::time::{Duration, Instant};

use crate::queue::Advanced;

/// The longest wait between two looks at an empty queue.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// The shortest.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// When a worker without work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExitWhen {
    /// Nothing is pending, delayed or claimed, by any worker: nothing can come back.
    Drained,
    /// The list is empty and no delayed task is due. For autoscalers that start a pod a task;
    /// others may still be at work.
    Empty,
    /// Never: for a Deployment.
    Never,
}

/// Where the worker's life ends.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// When it ends without work.
    pub exit_when: ExitWhen,
    /// Settled tasks, done or dead, after which it ends.
    pub max_tasks: Option<usize>,
    /// Time after which it takes no more.
    pub max_runtime: Option<Duration>,
    /// Time without a task after which it ends.
    pub idle_timeout: Option<Duration>,
    /// Dead letters of the queue beyond which it takes no more.
    pub max_dead: Option<u64>,
}

/// Why a worker ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// More dead letters than `--max-dead`.
    MaxDead,
    /// Nothing is left that could become work.
    Drained,
    /// The list is empty.
    Empty,
    /// `--max-tasks` is reached.
    MaxTasks,
    /// `--max-runtime` is reached.
    MaxRuntime,
    /// `--idle-timeout` is reached.
    IdleTimeout,
}

impl End {
    /// The reason a worker ended when two of its lanes report different ones. Too many dead letters
    /// are what somebody must look at; a drained queue is drained for all lanes; another limit
    /// counts only if no lane has seen that.
    #[must_use]
    pub fn strongest(one: Option<End>, other: Option<End>) -> Option<End> {
        let rank = |end: &Option<End>| match end {
            Some(End::MaxDead) => 0,
            Some(End::Drained) => 1,
            Some(End::Empty) => 2,
            Some(End::MaxTasks) => 3,
            Some(End::MaxRuntime) => 4,
            Some(End::IdleTimeout) => 5,
            None => 6,
        };
        if rank(&other) < rank(&one) { other } else { one }
    }

    /// Its name in the logs: that of the flag, or of the state of the queue.
    pub fn as_str(self) -> &'static str {
        match self {
            End::MaxDead => "max-dead",
            End::Drained => "drained",
            End::Empty => "empty",
            End::MaxTasks => "max-tasks",
            End::MaxRuntime => "max-runtime",
            End::IdleTimeout => "idle-timeout",
        }
    }
}

/// What a lane without tasks does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// It ends.
    End(End),
    /// It looks again after this time.
    Wait(Duration),
}

/// One worker's plan, shared by its lanes.
#[derive(Clone, Debug)]
pub struct Plan {
    bounds: Bounds,
    began: Instant,
    last_work: Instant,
    /// Tasks that are done or dead.
    over: usize,
    /// Tasks in hand, or asked for.
    in_hand: usize,
    /// Dead letters of the queue, as the last step saw them.
    dead: u64,
    /// Whether the queue is paused, as the last step saw it.
    is_paused: bool,
}

impl Plan {
    /// A plan that begins now.
    #[must_use]
    pub fn new(bounds: Bounds, now: Instant) -> Plan {
        Plan { bounds, began: now, last_work: now, over: 0, in_hand: 0, dead: 0, is_paused: false }
    }

    /// How many of `size` tasks a lane may ask for; they count as in hand until [`Plan::answered`].
    ///
    /// # Errors
    ///
    /// The reason why it may not ask for any.
    pub fn ask(&mut self, size: usize, now: Instant) -> Result<usize, End> {
        if self.has_too_many_dead() {
            return Err(End::MaxDead);
        }
        if self.bounds.max_runtime.is_some_and(|most| now.duration_since(self.began) >= most) {
            return Err(End::MaxRuntime);
        }
        let allowed = match self.bounds.max_tasks {
            None => size,
            Some(most) => size.min(most.saturating_sub(self.over + self.in_hand)),
        };
        if allowed == 0 {
            return Err(End::MaxTasks);
        }
        self.in_hand += allowed;
        Ok(allowed)
    }

    /// A step saw so many dead letters in the queue.
    pub fn saw_dead(&mut self, dead: u64) {
        self.dead = dead;
    }

    /// A step saw whether the queue is paused; tells whether that is new. The time of a pause is no
    /// time without a task: `--idle-timeout` would use up a Job's retries while somebody mends what
    /// he has paused the queue for.
    pub fn saw_pause(&mut self, is_paused: bool, now: Instant) -> bool {
        if is_paused || self.is_paused {
            self.last_work = now;
        }
        std::mem::replace(&mut self.is_paused, is_paused) != is_paused
    }

    /// Whether the queue has more dead letters than the worker is to add to: most likely its
    /// handler is broken, and would make dead letters of all the others, too.
    #[must_use]
    pub fn has_too_many_dead(&self) -> bool {
        self.bounds.max_dead.is_some_and(|most| self.dead > most)
    }

    /// The answer to a request for `asked` tasks brought `got`.
    pub fn answered(&mut self, asked: usize, got: usize, now: Instant) {
        self.in_hand = self.in_hand.saturating_sub(asked) + got;
        if got > 0 {
            self.last_work = now;
        }
    }

    /// Of the tasks in hand `over` are done or dead, and `returned` are the queue's again: handed
    /// back, or to be tried again. Only the former count for `--max-tasks`, or a Job of fixed
    /// completions would end with tasks left.
    pub fn settled(&mut self, over: usize, returned: usize, now: Instant) {
        self.over += over;
        self.in_hand = self.in_hand.saturating_sub(over + returned);
        self.last_work = now;
    }

    /// Tasks that this worker would have done at the end if nobody else took any: `done` by now, in
    /// hand, and `left` in the queue; at most `--max-tasks`.
    #[must_use]
    pub fn total(&self, done: u64, left: u64) -> u64 {
        let all = done + self.in_hand as u64 + left;
        self.bounds.max_tasks.map_or(all, |most| all.min(most as u64))
    }

    /// Whether a worker that was ended by a limit leaves work undone.
    #[must_use]
    pub fn leaves_work(&self, queue: &Advanced) -> bool {
        match self.bounds.exit_when {
            ExitWhen::Empty => {
                queue.pending > 0 || queue.next_due_ms.is_some_and(|due| due <= queue.now_ms)
            }
            ExitWhen::Drained | ExitWhen::Never => !queue.is_drained(),
        }
    }

    /// Time until `--max-runtime`.
    #[must_use]
    pub fn runtime_left(&self, now: Instant) -> Option<Duration> {
        self.bounds.max_runtime.map(|most| most.saturating_sub(now.duration_since(self.began)))
    }

    /// What to do after the `misses`-th look in a row that gave nothing. `random` is in 0..1.
    #[must_use]
    pub fn idle(&self, queue: &Advanced, misses: u32, now: Instant, random: f64) -> Idle {
        let nothing_due = queue.next_due_ms.is_none_or(|due| due > queue.now_ms);
        match self.bounds.exit_when {
            _ if self.has_too_many_dead() => return Idle::End(End::MaxDead),
            ExitWhen::Drained if queue.is_drained() => return Idle::End(End::Drained),
            ExitWhen::Empty if queue.pending == 0 && nothing_due => return Idle::End(End::Empty),
            _ => {}
        }
        let idle_for = now.duration_since(self.last_work);
        if let Some(most) = self.bounds.idle_timeout
            && self.in_hand == 0
            && idle_for >= most
        {
            return Idle::End(End::IdleTimeout);
        }
        let mut wait = SHORTEST_WAIT.saturating_mul(1 << misses.min(10)).min(LONGEST_WAIT);
        // Jitter keeps a hundred workers from looking at the same instant.
        wait = wait.mul_f64(0.6 + 0.4 * random);
        for at_ms in queue.next_expiry_ms.into_iter().chain(queue.next_give_ms.map(u64::from)) {
            let until = Duration::from_millis(at_ms.saturating_sub(queue.now_ms) + 1);
            wait = wait.min(until.max(SHORTEST_WAIT));
        }
        if let Some(left) = self.runtime_left(now) {
            wait = wait.min(left);
        }
        if let Some(most) = self.bounds.idle_timeout {
            wait = wait.min(most.saturating_sub(idle_for).max(SHORTEST_WAIT));
        }
        Idle::Wait(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn bounds() -> Bounds {
        Bounds {
            exit_when: ExitWhen::Drained,
            max_tasks: None,
            max_runtime: None,
            idle_timeout: None,
            max_dead: None,
        }
    }

    fn queue() -> Advanced {
        Advanced {
            settled: true,
            epoch: "e".into(),
            now_ms: 1_000_000,
            pending: 0,
            delayed: 0,
            claims: 0,
            dead: 0,
            next_expiry_ms: None,
            next_due_ms: None,
            next_give_ms: None,
            buried: Vec::new(),
            gone: 0,
            missing: 0,
            is_paused: false,
            claim: None,
        }
    }

    #[test]
    fn a_drained_queue_ends_the_worker_and_one_in_which_work_can_come_back_does_not() {
        let now = Instant::now();
        let plan = Plan::new(bounds(), now);
        assert_eq!(plan.idle(&queue(), 9, now, 0.0), Idle::End(End::Drained));
        for left in [
            Advanced { claims: 1, next_expiry_ms: Some(1_030_000), ..queue() },
            Advanced { delayed: 1, next_due_ms: Some(1_060_000), ..queue() },
            Advanced { pending: 1, ..queue() },
        ] {
            assert_eq!(plan.idle(&left, 9, now, 1.0), Idle::Wait(SECOND), "{left:?}");
        }
    }

    #[test]
    fn an_empty_list_is_enough_for_those_who_say_so() {
        let now = Instant::now();
        let plan = Plan::new(Bounds { exit_when: ExitWhen::Empty, ..bounds() }, now);
        let claimed = Advanced { claims: 3, delayed: 1, next_due_ms: Some(1_060_000), ..queue() };
        assert_eq!(plan.idle(&claimed, 0, now, 0.0), Idle::End(End::Empty));
        let due = Advanced { delayed: 1, next_due_ms: Some(999_999), ..queue() };
        assert!(matches!(plan.idle(&due, 0, now, 0.0), Idle::Wait(_)));
        let follow = Plan::new(Bounds { exit_when: ExitWhen::Never, ..bounds() }, now);
        assert!(matches!(follow.idle(&queue(), 0, now, 0.0), Idle::Wait(_)));
    }

    #[test]
    fn a_wait_ends_when_the_first_lease_or_delay_does() {
        let now = Instant::now();
        let plan = Plan::new(bounds(), now);
        let left = Advanced {
            claims: 1,
            next_expiry_ms: Some(1_000_400),
            next_due_ms: Some(1_000_200),
            next_give_ms: std::num::NonZero::new(1_000_200),
            ..queue()
        };
        assert_eq!(plan.idle(&left, 9, now, 1.0), Idle::Wait(Duration::from_millis(201)));
    }

    #[test]
    fn the_first_looks_are_quick_and_later_ones_cost_at_most_two_commands_a_second() {
        let now = Instant::now();
        let plan = Plan::new(Bounds { exit_when: ExitWhen::Never, ..bounds() }, now);
        assert_eq!(plan.idle(&queue(), 0, now, 1.0), Idle::Wait(SHORTEST_WAIT));
        assert_eq!(plan.idle(&queue(), 30, now, 0.0), Idle::Wait(Duration::from_millis(600)));
    }

    #[test]
    fn exactly_max_tasks_are_taken_by_all_lanes_together() {
        let now = Instant::now();
        let mut plan = Plan::new(Bounds { max_tasks: Some(10), ..bounds() }, now);
        assert_eq!(plan.ask(8, now), Ok(8));
        assert_eq!(plan.ask(8, now), Ok(2));
        assert_eq!(plan.ask(8, now), Err(End::MaxTasks));
        plan.answered(8, 3, now);
        assert_eq!(plan.ask(8, now), Ok(5));
        plan.answered(5, 5, now);
        plan.answered(2, 2, now);
        plan.settled(3, 0, now);
        plan.settled(4, 1, now);
        assert_eq!(plan.ask(8, now), Ok(1), "a task handed back may be taken again");
        assert_eq!(
            [plan.total(5, 1), plan.total(5, 1_000)],
            [9, 10],
            "2 are in hand and 1 is asked for"
        );
    }

    #[test]
    fn beyond_so_many_dead_letters_nothing_is_taken() {
        let now = Instant::now();
        let mut plan = Plan::new(Bounds { max_dead: Some(2), ..bounds() }, now);
        plan.saw_dead(2);
        assert_eq!(plan.ask(8, now), Ok(8));
        plan.saw_dead(3);
        assert_eq!(plan.ask(8, now), Err(End::MaxDead));
        assert_eq!(plan.idle(&queue(), 0, now, 0.5), Idle::End(End::MaxDead));
        plan.saw_dead(0);
        assert_eq!(plan.ask(8, now), Ok(8), "somebody has looked at them");
        let drained = End::strongest(Some(End::Drained), Some(End::MaxDead));
        assert_eq!(drained, Some(End::MaxDead));
    }

    #[test]
    fn a_paused_queue_is_not_drained_and_its_pause_is_no_time_without_a_task() {
        let now = Instant::now();
        let idle = Bounds { idle_timeout: Some(3 * SECOND), ..bounds() };
        let mut plan = Plan::new(idle, now);
        let paused = Advanced { is_paused: true, ..queue() };
        assert!(plan.saw_pause(true, now + 100 * SECOND));
        assert!(!plan.saw_pause(true, now + 101 * SECOND), "that is known");
        let later = now + 102 * SECOND;
        plan.saw_pause(true, later);
        assert_eq!(plan.idle(&paused, 20, later, 1.0), Idle::Wait(SECOND));
        let due = Advanced { delayed: 1, next_due_ms: Some(999_999), ..paused };
        assert_eq!(plan.idle(&due, 20, later, 1.0), Idle::Wait(SECOND), "it looks once a second");
        assert!(plan.saw_pause(false, later));
        let others = Advanced { claims: 1, ..queue() };
        assert!(matches!(plan.idle(&others, 20, later + 2 * SECOND, 1.0), Idle::Wait(_)));
        let idle = plan.idle(&others, 20, later + 3 * SECOND, 1.0);
        assert_eq!(idle, Idle::End(End::IdleTimeout));
    }

    #[test]
    fn the_worker_ends_after_its_time_or_after_too_long_without_work() {
        let now = Instant::now();
        let bounds = Bounds {
            exit_when: ExitWhen::Never,
            max_runtime: Some(10 * SECOND),
            idle_timeout: Some(3 * SECOND),
            ..bounds()
        };
        let mut plan = Plan::new(bounds, now);
        assert_eq!(plan.idle(&queue(), 20, now + 2 * SECOND, 1.0), Idle::Wait(SECOND));
        assert_eq!(plan.idle(&queue(), 20, now + 3 * SECOND, 1.0), Idle::End(End::IdleTimeout));
        assert_eq!(plan.ask(5, now + 9 * SECOND), Ok(5));
        assert!(
            matches!(plan.idle(&queue(), 20, now + 9 * SECOND, 1.0), Idle::Wait(_)),
            "tasks are in hand"
        );
        assert_eq!(plan.ask(5, now + 10 * SECOND), Err(End::MaxRuntime));
    }
}
