//! Makes the script that wasm-bindgen writes smaller.

/// The script without documentation comments, empty lines and indentation: half a kilobyte less to load, compressed.
/// It is no minifier: from a text of several lines, it would remove such lines, too. wasm-bindgen writes none.
pub(super) fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !["/**", "*"].iter().any(|begin| line.starts_with(begin)));
    code.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::without_comments;

    #[test]
    fn only_code_remains() {
        let script = "export class A {\n    /**\n     * @returns {number}\n     */\n    get b() {\n        return 2 * 3;\n    }\n\n}\n";
        assert_eq!(without_comments(script), "export class A {\nget b() {\nreturn 2 * 3;\n}\n}\n");
    }
}
