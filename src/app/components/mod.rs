//! The components that the pages share, including the HTML document around them.

mod content;
mod notice;
mod shell;
mod wake_islands;

pub use content::Content;
pub use notice::NoticeBox;
pub use shell::shell;
