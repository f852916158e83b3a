//! Keeps one `--lines` child at work: gives it tasks, matches its answers to them by id, and
//! restarts it when it dies.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, time::sleep_until};
use tracing::{info, warn};

use super::{
    child::{Child, Event, Farewell, LinesSettings, TooLong},
    exchange::{Said, read_line},
    in_hand::{Ask, InHand, only, over},
    near_answer::{miss, spoilt_answer},
    silence::Silence,
    trouble::Trouble,
};
use crate::{
    backoff::delay,
    handlers::{
        outcome::Outcome,
        start::{StartError, Waiting, ended},
    },
};

const RESTART_BASE: Duration = Duration::from_millis(100);
const RESTART_CAP: Duration = Duration::from_secs(10);
/// Time for a child that is replaced to write what it has buffered; its tasks wait meanwhile.
const REPLACED: Duration = Duration::from_secs(3);
/// Part of the grace period that is reserved for reading what an ended child still wrote.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// From a lane.
#[derive(Debug)]
pub(super) enum Message {
    Ask(Ask),
    /// Nobody waits for the task with this id any longer.
    TakeBack(String),
}

/// What the keeper wakes up for.
enum Wake {
    Message(Option<Message>),
    Child(Event),
    Start,
    Time,
}

pub(super) struct Keeper {
    settings: LinesSettings,
    child: Option<Child>,
    waiting: VecDeque<Ask>,
    in_hand: VecDeque<InHand>,
    silence: Silence,
    /// Children that ended since the last answer.
    deaths: u32,
    /// No child is started before.
    not_before: Instant,
    room: Waiting,
}

impl Keeper {
    pub(super) fn new(settings: LinesSettings) -> Keeper {
        Keeper {
            settings,
            child: None,
            waiting: VecDeque::new(),
            in_hand: VecDeque::new(),
            silence: Silence::default(),
            deaths: 0,
            not_before: Instant::now(),
            room: Waiting::default(),
        }
    }

    /// Works until nobody can ask any longer, and then lets the child end.
    pub(super) async fn keep(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        loop {
            // Checked here as well, since a child that never stops writing would keep the timer
            // from ever firing.
            if self.next_time().is_some_and(|time| time <= Instant::now()) {
                self.time().await;
            }
            self.give_out();
            match self.wake(&mut messages).await {
                Wake::Message(None) => break,
                Wake::Message(Some(message)) => {
                    self.take(message).await;
                    while let Ok(message) = messages.try_recv() {
                        self.take(message).await;
                    }
                }
                Wake::Child(Event::Stirred) => {
                    if let Err(trouble) = self.answers() {
                        self.replace(trouble).await;
                    }
                }
                Wake::Child(Event::Ended(status)) => self.replace(Trouble::Ended(status)).await,
                Wake::Child(Event::Closed(how)) => self.replace(Trouble::Closed(how)).await,
                Wake::Start => self.start(),
                Wake::Time => {}
            }
        }
        if let Some(child) = self.child.take() {
            self.farewell(child).await;
        }
    }

    /// Gives the child the tasks that wait, suspects one at a time and before all others.
    fn give_out(&mut self) {
        let Some(child) = &mut self.child else { return };
        while let Some(next) = self.waiting.front() {
            let alone = next.is_suspect || self.in_hand.iter().any(|task| task.ask.is_suspect);
            if alone && !self.in_hand.is_empty() {
                return;
            }
            if self.in_hand.is_empty() {
                child.stderr_words.forget();
                self.silence.begins(Instant::now());
            }
            let ask = self.waiting.pop_front().expect("there is a front");
            child.send(&ask.line);
            self.in_hand.push_back(InHand { ask, since: Instant::now() });
        }
    }

    async fn wake(&mut self, messages: &mut mpsc::UnboundedReceiver<Message>) -> Wake {
        let time = self.next_time();
        let Some(child) = &mut self.child else {
            let has_work = !self.waiting.is_empty();
            return tokio::select! {
                message = messages.recv() => Wake::Message(message),
                () = sleep_until(self.not_before.into()), if has_work => Wake::Start,
            };
        };
        let only = only(&self.in_hand);
        tokio::select! {
            biased;
            message = messages.recv() => Wake::Message(message),
            event = child.event(only) => Wake::Child(event),
            () = async { sleep_until(time.expect("guarded").into()).await }, if time.is_some()
                => Wake::Time,
        }
    }

    /// When something is due although nothing happens.
    fn next_time(&self) -> Option<Instant> {
        let over = self.in_hand.front()?.since + self.settings.timeout;
        Some(self.silence.due().map_or(over, |due| due.min(over)))
    }

    /// What the child may have got wrong.
    fn hint(&self) -> String {
        self.silence.hint(self.child.as_ref().is_some_and(|child| child.stderr_words.has_answer))
    }

    async fn time(&mut self) {
        let Some(oldest) = self.in_hand.front() else { return };
        if oldest.since.elapsed() >= self.settings.timeout {
            self.replace(Trouble::Silent).await;
        } else if self.silence.due().is_some_and(|due| due <= Instant::now()) {
            let (task, hint) = (oldest.ask.id.as_str(), self.hint());
            let seconds = self.silence.is_told().as_secs();
            warn!(
                task,
                "no answer has come from the handler's child for {seconds} s; if it is not simply \
                 slow: {hint}"
            );
        }
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Ask(ask) => self.waiting.push_back(ask),
            Message::TakeBack(id) => {
                self.waiting.retain(|ask| ask.id != id);
                if self.in_hand.iter().any(|task| task.ask.id == id) {
                    self.in_hand.retain(|task| task.ask.id != id);
                    // The child is working on a task that another worker may have by now.
                    self.replace(Trouble::TakenBack).await;
                }
            }
        }
    }

    fn start(&mut self) {
        match Child::start(&self.settings) {
            Ok(child) => {
                self.room.is_over();
                self.child = Some(child);
            }
            Err(error) => match self.room.after(error) {
                Ok(wait) => self.not_before = Instant::now() + wait,
                Err(error) => self.give_up(&error),
            },
        }
    }

    /// There will be no child: no task that is left is to blame. One that no child has had is told
    /// so.
    fn give_up(&mut self, error: &StartError) {
        for task in self.in_hand.drain(..) {
            let _ = task.ask.reply.send(Err(error.clone()));
        }
        for ask in self.waiting.drain(..) {
            let _ = ask.reply.send(Err(error.clone().before_any_task()));
        }
    }

    /// Takes the answers that have come.
    fn answers(&mut self) -> Result<(), Trouble> {
        let Some(child) = &mut self.child else { return Ok(()) };
        while let Some(line) =
            child.next_line().map_err(|TooLong(bytes)| Trouble::TooLong(bytes))?
        {
            let bytes = &child.lines[line.clone()];
            match read_line(bytes, self.settings.max_output) {
                Said::Answer { id, outcome } => {
                    let place = self.in_hand.iter().position(|task| task.ask.id == id);
                    let Some(place) = place else { return Err(Trouble::NotItsOwn(id)) };
                    child.answers += 1;
                    child.stderr_words.has_answer = false;
                    self.silence.is_broken(Instant::now());
                    self.deaths = 0;
                    over(&mut self.in_hand, place, outcome);
                }
                Said::Words => {
                    // More than one task if two threads wrote at once. Last first, so that removing
                    // one does not shift the places of the others.
                    let spoilt: Vec<(usize, String)> = (0..self.in_hand.len())
                        .rev()
                        .filter_map(|place| {
                            Some((place, spoilt_answer(bytes, &self.in_hand[place].ask.id)?))
                        })
                        .collect();
                    if !bytes.trim_ascii().is_empty() {
                        self.silence.hears(miss(bytes));
                    }
                    child
                        .stdout_words
                        .hear(&child.lines[line.start..=line.end], only(&self.in_hand));
                    for (place, error) in spoilt {
                        over(&mut self.in_hand, place, Outcome::failed(error));
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the child and fails the task that is to blame; its other tasks go to the next child.
    async fn replace(&mut self, trouble: Trouble) {
        if let Trouble::Ended(_) | Trouble::Closed(_) = trouble {
            // It may have answered before.
            let only = only(&self.in_hand).map(str::to_owned);
            if let Some(child) = &mut self.child {
                child.drain(only.as_deref()).await;
            }
            if let Err(worse @ Trouble::NotItsOwn(_)) = self.answers() {
                return Box::pin(self.replace(worse)).await;
            }
        }
        let hint = self.hint();
        let Some(child) = self.child.take() else { return };
        let (age, answers) = (child.started.elapsed(), child.answers);
        let has_ended = matches!(trouble, Trouble::Ended(_));
        let words = match trouble {
            Trouble::Ended(_) => child.stderr_words,
            Trouble::TakenBack if !self.settings.shutdown.is_requested() => {
                child.end(self.settings.hasty_farewell).await.1
            }
            _ => child.end(self.time_left(REPLACED)).await.1,
        };
        let how = trouble.words(&self.settings, answers, &hint);
        // A child that exits 0 between two tasks is no failure, since some recycle themselves after
        // a number of tasks. Exiting 0 before the first answer is one.
        let recycled = answers > 0 && matches!(trouble, Trouble::Ended(status) if status.success());
        if answers > 0 {
            self.settings.first_ends.proved();
        } else if let Trouble::Ended(status) = trouble {
            let program = self.settings.command[0].to_string_lossy();
            let looked = self.settings.first_ends.look(&program, status, |how| words.after(how));
            if let Err(error) = looked {
                return self.give_up(&error);
            }
        }
        let error = words.after(&how);
        if !(recycled || matches!(trouble, Trouble::TakenBack)) {
            self.deaths += 1;
            self.not_before =
                Instant::now() + delay(RESTART_BASE, RESTART_CAP, self.deaths - 1, rand::random());
        }
        let tasks = self.in_hand.len();
        let blamed = match trouble {
            Trouble::TakenBack => None,
            Trouble::Ended(_) if recycled => None,
            // The tasks behind it have not had their time yet.
            Trouble::Silent => self.in_hand.pop_front(),
            // Any of several may be to blame: each is given out alone until the culprit is known.
            _ if tasks == 1 => self.in_hand.pop_front(),
            _ => {
                self.in_hand.iter_mut().for_each(|task| task.ask.is_suspect = true);
                None
            }
        };
        if self.settings.once {
            for task in self.in_hand.drain(..) {
                let _ = task.ask.reply.send(Ok(Outcome::Failed { error: error.clone() }));
            }
        }
        match blamed {
            // The lane tells of it.
            Some(task) => {
                let _ = task.ask.reply.send(Ok(Outcome::Failed { error }));
            }
            None if matches!(trouble, Trouble::TakenBack) => info!(tasks, "{how}"),
            None if recycled || (has_ended && tasks == 0) => {
                info!(
                    answers,
                    age_ms = age.as_millis() as u64,
                    "{how}; another is started for the next task"
                );
            }
            // Each lane tells of its own.
            None if self.settings.once => {}
            None => {
                let error = String::from_utf8_lossy(&error);
                warn!(
                    error = &*error,
                    tasks, "the handler's child is gone; its tasks are given to another"
                );
            }
        }
        while let Some(task) = self.in_hand.pop_back() {
            self.waiting.push_front(task.ask);
        }
    }

    /// Lets the child end once its last task is over.
    async fn farewell(&self, child: Child) {
        let time = self.time_left(self.settings.farewell);
        let (farewell, words) = child.end(time).await;
        let seconds = (time * 2 / 3).as_secs_f64();
        match farewell {
            Farewell::AtEof(status) if status.success() => {}
            Farewell::AtEof(status) => {
                let how =
                    format!("the handler's child failed after its last answer ({})", ended(status));
                let error = String::from_utf8_lossy(&words.after(&how)).into_owned();
                warn!(
                    error,
                    "what the child had not yet written elsewhere may be missing: it should \
                     answer only then"
                );
            }
            Farewell::Terminated => {
                info!(
                    "the handler's child ended by SIGTERM, {seconds:.1} s after the end of its \
                     stdin"
                );
            }
            Farewell::Killed => warn!(
                "the handler's child was killed: it ended neither at the end of its stdin nor, \
                 {seconds:.1} s later, by SIGTERM"
            ),
        }
    }

    /// `most`, but no longer than the grace period allows.
    fn time_left(&self, most: Duration) -> Duration {
        let Some(deadline) = self.settings.shutdown.deadline() else { return most };
        let left = deadline.saturating_duration_since(Instant::now());
        most.min(left.saturating_sub(LAST_WORDS).mul_f64(0.8))
    }
}
