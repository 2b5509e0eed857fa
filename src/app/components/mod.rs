//! The components that the pages share, including the HTML document around them.

mod content;
mod notice;
mod post_form;
mod shell;
mod wake_islands;

pub use content::Content;
pub use notice::NoticeBox;
pub use post_form::PostForm;
pub use shell::shell;
pub use wake_islands::wake_islands;
