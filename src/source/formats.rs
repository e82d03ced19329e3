use crate::source::{
    Format, apache_wire, aws_cli_history, aws_cli_history_show, awscurl_verbose, bare_artifact,
    botocore_debug, cpp_sdk_log, crt_log, curl_command, curl_trace, curl_verbose, dotnet_http,
    dotnet_http_log, dotnet_metrics, exception_text, go_http2debug, go_sdk_v1, go_sdk_v2, har,
    httpie_verbose, hurl_verbose, java_sdk, jdk_http_log, js_inspect, json_error,
    labelled_artifacts, libcurl_verbose, lwp_dump, mc_debug, minio_trace, mitmproxy_flow,
    netty_log, newman_json, okhttp_log, post_policy, presigned_url, printed_request,
    python_http_client, query_error, raw_http, rclone_dump, resty_debug, ruby_net_http,
    rust_sigv4_trace, s3_error, s3cmd_debug, s3fs_debug, terraform_aws_log, toolbelt_dump,
    wget_debug,
};

/// Every format, by id.
pub static FORMATS: &[&Format] = &[
    &apache_wire::FORMAT,
    &aws_cli_history::FORMAT,
    &aws_cli_history_show::FORMAT,
    &awscurl_verbose::FORMAT,
    &bare_artifact::FORMAT,
    &botocore_debug::FORMAT,
    &cpp_sdk_log::FORMAT,
    &crt_log::FORMAT,
    &curl_command::FORMAT,
    &curl_trace::FORMAT,
    &curl_verbose::FORMAT,
    &dotnet_http::FORMAT,
    &dotnet_http_log::FORMAT,
    &dotnet_metrics::FORMAT,
    &exception_text::FORMAT,
    &go_http2debug::FORMAT,
    &go_sdk_v1::FORMAT,
    &go_sdk_v2::FORMAT,
    &har::FORMAT,
    &httpie_verbose::FORMAT,
    &hurl_verbose::FORMAT,
    &java_sdk::FORMAT,
    &jdk_http_log::FORMAT,
    &js_inspect::FORMAT,
    &json_error::FORMAT,
    &labelled_artifacts::FORMAT,
    &libcurl_verbose::FORMAT,
    &lwp_dump::FORMAT,
    &mc_debug::FORMAT,
    &minio_trace::FORMAT,
    &mitmproxy_flow::FORMAT,
    &netty_log::FORMAT,
    &newman_json::FORMAT,
    &okhttp_log::FORMAT,
    &post_policy::FORMAT,
    &presigned_url::FORMAT,
    &printed_request::FORMAT,
    &python_http_client::FORMAT,
    &query_error::FORMAT,
    &raw_http::FORMAT,
    &rclone_dump::FORMAT,
    &resty_debug::FORMAT,
    &ruby_net_http::FORMAT,
    &rust_sigv4_trace::FORMAT,
    &s3_error::FORMAT,
    &s3cmd_debug::FORMAT,
    &s3fs_debug::FORMAT,
    &terraform_aws_log::FORMAT,
    &toolbelt_dump::FORMAT,
    &wget_debug::FORMAT,
];

/// The format of that id.
#[must_use]
pub fn format(id: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads the source")]
    fn the_table_is_sorted_and_whole() {
        assert!(FORMATS.is_sorted_by_key(|format| format.id));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/source");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let declares = |line: &str| line.starts_with("pub(super) static FORMAT: Format");
            if !text.lines().any(declares) {
                continue;
            }
            let id = path
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .replace('_', "-");
            assert!(
                format(&id).is_some(),
                "{} is not in FORMATS",
                path.display()
            );
        }
    }

    #[test]
    fn every_page_says_how_to_get_it() {
        for format in FORMATS {
            for section in ["## How to get it", "## What it holds", "## What it lacks"] {
                assert_eq!(
                    format.page.matches(section).count(),
                    1,
                    "{}: {section}",
                    format.id
                );
            }
            assert!(!format.summary.ends_with('.'), "{}", format.id);
        }
    }
}
