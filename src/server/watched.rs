//! A connection that fails if the client stalls: headers must be complete 10 seconds after their first byte, and the
//! client must read an answer at a rate of at least 16 KiB in 20 seconds.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::slots::Place;

/// How long the headers may take, starting with their first byte.
const HEADER: Duration = Duration::from_secs(10);

/// How long the client may take to read [`SHARE`] of an answer.
const STALLED: Duration = Duration::from_secs(20);

/// How many bytes of an answer the client must read in [`STALLED`].
const SHARE: usize = 16 * 1024;

pub(super) struct Watched {
    stream: TcpStream,
    place: Arc<Place>,
    /// The number of requests before these headers, and their deadline.
    header: Option<(u64, Pin<Box<Sleep>>)>,
    /// How many bytes of the current share are still unread, and its deadline.
    share: Option<(usize, Pin<Box<Sleep>>)>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, place: Arc<Place>) -> Self {
        Self { stream, place, header: None, share: None }
    }

    fn wrote(&mut self, context: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(octets)) = wrote
            && let Some((missing, _)) = &mut self.share
        {
            *missing = missing.saturating_sub(octets);
            if *missing == 0 {
                self.share = None;
            }
        }
        if wrote.is_pending() {
            let (_, end) = self.share.get_or_insert_with(|| (SHARE, Box::pin(sleep(STALLED))));
            ready!(end.as_mut().poll(context));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")));
        }
        wrote
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let requests = self.place.requests();
        if self.place.is_busy() || self.header.as_ref().is_some_and(|(begun, _)| *begun != requests) {
            self.header = None;
        }
        if !self.place.is_busy() && buffer.filled().len() > before && self.header.is_none() {
            self.header = Some((requests, Box::pin(sleep(HEADER))));
        }
        if read.is_pending()
            && let Some((_, end)) = &mut self.header
        {
            ready!(end.as_mut().poll(context));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the headers took too long")));
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, octets);
        self.wrote(context, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, octets);
        self.wrote(context, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes once it has written everything.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.share = None;
        self.place.all_written();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
