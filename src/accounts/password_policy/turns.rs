//! A fair queue for work that needs the processor. A few run at a time, and a limited number wait for a limited time. A
//! reset or program with many waiting calls gets one turn per round, and loses one when the queue is full.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The queue is full, or the caller's place was given to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// The queue.
#[derive(Clone)]
pub(super) struct Turns(Arc<Mutex<Line>>);

struct Line {
    free: usize,
    room: usize,
    /// Ordered by their next turn. None is empty.
    lanes: VecDeque<Lane>,
}

struct Lane {
    of: String,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to work. When it is dropped, the next caller gets it.
pub(super) struct Turn(Option<Turns>);

impl Turns {
    /// Creates a queue with `at_once` turns, and room for `room` more callers to wait.
    pub(super) fn new(at_once: usize, room: usize) -> Self {
        Self(Arc::new(Mutex::new(Line { free: at_once, room, lanes: VecDeque::new() })))
    }

    /// Waits for the next turn of `of`.
    ///
    /// # Errors
    /// [`Full`].
    pub(super) async fn enter(&self, of: &str) -> Result<Turn, Full> {
        let turn = {
            let mut line = self.line();
            if line.free > 0 {
                line.free -= 1;
                return Ok(Turn(Some(self.clone())));
            }
            line.join(of)?
        };
        turn.await.map_err(|_| Full)
    }

    fn pass_on(self) {
        while let Some(next) = self.next() {
            match next.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                // That caller has left: give the turn to the next one.
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let mut line = self.line();
        let next = line.next();
        if next.is_none() {
            line.free += 1;
        }
        next
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn join(&mut self, of: &str) -> Result<oneshot::Receiver<Turn>, Full> {
        if self.waiting() >= self.room {
            self.forget_who_left();
        }
        if self.waiting() >= self.room {
            self.make_room(of)?;
        }
        let (sender, receiver) = oneshot::channel();
        match self.lanes.iter_mut().find(|lane| lane.of == of) {
            Some(lane) => lane.waiting.push_back(sender),
            None => self.lanes.push_back(Lane { of: of.to_owned(), waiting: VecDeque::from([sender]) }),
        }
        Ok(receiver)
    }

    /// Removes the last caller of the longest lane, unless that lane is no longer than that of `of` would become.
    fn make_room(&mut self, of: &str) -> Result<(), Full> {
        let own = self.lanes.iter().find(|lane| lane.of == of).map_or(0, |lane| lane.waiting.len());
        let longest = self.lanes.iter_mut().max_by_key(|lane| lane.waiting.len()).ok_or(Full)?;
        if longest.waiting.len() <= own + 1 {
            return Err(Full);
        }
        longest.waiting.pop_back();
        Ok(())
    }

    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let mut lane = self.lanes.pop_front()?;
        let next = lane.waiting.pop_front();
        if !lane.waiting.is_empty() {
            self.lanes.push_back(lane);
        }
        next
    }

    fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.len()).sum()
    }

    fn forget_who_left(&mut self) {
        for lane in &mut self.lanes {
            lane.waiting.retain(|waiting| !waiting.is_closed());
        }
        self.lanes.retain(|lane| !lane.waiting.is_empty());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    async fn waiting(turns: &Turns, of: &'static str) -> JoinHandle<Result<Turn, Full>> {
        let turns = turns.clone();
        let waiting = tokio::spawn(async move { turns.enter(of).await });
        yield_now().await;
        waiting
    }

    #[tokio::test]
    async fn somebody_new_is_next_however_many_turns_another_waits_for() {
        let turns = Turns::new(1, 8);
        let running = turns.enter("flood").await.unwrap();
        let mut flood = Vec::new();
        for _ in 0..5 {
            flood.push(waiting(&turns, "flood").await);
        }
        let other = waiting(&turns, "other").await;
        drop(running);
        let first = flood.remove(0).await.unwrap().unwrap();
        assert!(!other.is_finished());
        drop(first);
        assert!(other.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn who_has_the_most_waiting_makes_room_and_nobody_waits_beyond_it() {
        let turns = Turns::new(1, 4);
        let running = turns.enter("flood").await.unwrap();
        let mut flood = Vec::new();
        for _ in 0..4 {
            flood.push(waiting(&turns, "flood").await);
        }
        assert!(matches!(turns.enter("flood").await, Err(Full)));
        let mut others = Vec::new();
        for of in ["one", "two", "three"] {
            others.push(waiting(&turns, of).await);
            let last = flood.pop().unwrap();
            assert!(matches!(last.await.unwrap(), Err(Full)), "the last that came makes room for {of}");
        }
        assert!(matches!(turns.enter("four").await, Err(Full)), "all have the same number");
        drop((running, flood));
        for other in others {
            assert!(other.await.unwrap().is_ok());
        }
    }

    #[tokio::test]
    async fn a_turn_of_somebody_who_left_is_not_lost() {
        let turns = Turns::new(1, 2);
        let running = turns.enter("one").await.unwrap();
        let left = [waiting(&turns, "one").await, waiting(&turns, "two").await];
        for left in left {
            left.abort();
            assert!(left.await.is_err());
        }
        let next = waiting(&turns, "three").await;
        drop(running);
        assert!(next.await.unwrap().is_ok());
        assert!(turns.enter("four").await.is_ok());
    }
}
