//! The cost of connections that are never used to the end: none, idle ones, ones with half a header, ones whose callers
//! do not read. Each kind has a separate server, and is measured when the server has accepted all of them.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::Result;
use crate::database::Database;
use crate::server::Setup;

/// The limit on connections before it followed from the limit on open files.
pub const CONNECTIONS: usize = 800;

pub struct Crowd {
    pub what: &'static str,
    /// Memory of the server in MiB.
    pub resident: f64,
    /// Memory of the kernel in MiB for all sockets of the machine, including those of the client.
    pub kernel: f64,
}

pub async fn run() -> Result<Vec<Crowd>> {
    let half = format!("GET / HTTP/1.1\r\nHost: x\r\nx-half: {}", "x".repeat(16 * 1024));
    let many = "GET /forgot-password HTTP/1.1\r\nHost: HOST\r\n\r\n".repeat(500);
    Ok(vec![
        measure("none", None).await?,
        measure("idle", Some("")).await?,
        measure("16 KiB of a header", Some(&half)).await?,
        measure("pages that nobody reads", Some(&many)).await?,
    ])
}

async fn measure(what: &'static str, words: Option<&str>) -> Result<Crowd> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    let (server, _) = setup.start().await?;
    let host = setup.base().trim_start_matches("http://").to_owned();
    let mut streams = Vec::new();
    if let Some(words) = words {
        let words = words.replace("HOST", &host);
        for _ in 0..CONNECTIONS {
            streams.push(open(&host, &words).await?);
        }
    }
    // Long enough to accept and write everything, but shorter than any of them may stay.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let memory = server.memory().ok_or("the system does not report the memory of a process")?;
    let crowd = Crowd { what, resident: memory.resident, kernel: kernel_memory()? };
    drop(streams);
    server.stop().await?;
    Ok(crowd)
}

async fn open(host: &str, words: &str) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(2_048)?;
    let mut stream = socket.connect(host.parse()?).await?;
    // A server whose answers are not read stops reading.
    let _stuck = tokio::time::timeout(Duration::from_millis(5), stream.write_all(words.as_bytes())).await;
    Ok(stream)
}

/// `mem` of TCP in `/proc/net/sockstat`, which counts pages.
fn kernel_memory() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/net/sockstat")?;
    let tcp = text.lines().find(|line| line.starts_with("TCP:")).ok_or("no line about TCP")?;
    let pages = tcp.split(' ').skip_while(|word| *word != "mem").nth(1).ok_or("no memory of TCP")?;
    Ok(pages.trim().parse::<f64>()? * 4.0 / 1024.0)
}
