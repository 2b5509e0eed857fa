//! The parts that pages are made of. Used by `pages` and, for the document around them, by
//! `server::pages`.

mod content;
mod notice;
mod shell;
mod wake_islands;

pub use content::Content;
pub use notice::NoticeBox;
pub use shell::shell;
