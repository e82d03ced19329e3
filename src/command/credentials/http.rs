//! The HTTP client of AWS's own code, with the proxies and certificates of this program.

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector, http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use reqwest::{Client, Proxy, Url, redirect::Policy};

use crate::{
    command::{error::CommandError, network::Network},
    send::Scheme,
};

/// Makes a client for each set of patience.
pub(super) fn client(network: &Network) -> Result<SharedHttpClient, CommandError> {
    let tls = network.tls()?;
    let proxies = network.proxies.clone();
    Ok(http_client_fn(move |settings, _| {
        let tls = rustls::ClientConfig::clone(&tls);
        let proxies = proxies.clone();
        let proxy = Proxy::custom(move |url| {
            let scheme = match url.scheme() {
                "http" => Scheme::Http,
                _ => Scheme::Https,
            };
            let host = url.host_str().unwrap_or_default();
            // What answers on the machine's own link is not behind a proxy.
            if host.starts_with("169.254.") || host.starts_with("[fd00:ec2:") {
                return None;
            }
            let port = url.port_or_known_default().unwrap_or_default();
            let proxy = proxies.of(scheme, host, port)?;
            // The client logs in to the proxy with what its URL says.
            Url::parse(proxy.expose()).ok()
        });
        let client = built(
            Client::builder().tls_backend_preconfigured(tls),
            proxy,
            settings,
        );
        SharedHttpConnector::new(Connector(client.map_err(|error| text(&error))))
    }))
}

fn built(
    builder: reqwest::ClientBuilder,
    proxy: Proxy,
    settings: &HttpConnectorSettings,
) -> Result<Client, reqwest::Error> {
    let mut builder = builder.no_proxy().proxy(proxy).redirect(Policy::none());
    if let Some(patience) = settings.connect_timeout() {
        builder = builder.connect_timeout(patience);
    }
    if let Some(patience) = settings.read_timeout() {
        builder = builder.read_timeout(patience);
    }
    builder.build()
}

#[derive(Debug)]
struct Connector(Result<Client, String>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let client = client.map_err(|error| ConnectorError::other(error.into(), None))?;
            answer(&client, request).await
        })
    }
}

async fn answer(client: &Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?
        .map(|body| body.bytes().unwrap_or_default().to_vec());
    let request = reqwest::Request::try_from(request).map_err(|error| failed(&error))?;
    let response = client
        .execute(request)
        .await
        .map_err(|error| failed(&error))?;
    let status = StatusCode::try_from(response.status().as_u16())
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(|error| failed(&error))?;
    let mut answer = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &headers {
        // A value that is no text is none of those that are looked at.
        if let Ok(value) = value.to_str() {
            answer
                .headers_mut()
                .try_append(name.as_str().to_owned(), value.to_owned())
                .map_err(|error| ConnectorError::other(error.into(), None))?;
        }
    }
    Ok(answer)
}

fn failed(error: &reqwest::Error) -> ConnectorError {
    let text = text(error);
    match (error.is_timeout(), error.is_builder()) {
        (true, _) => ConnectorError::timeout(text.into()),
        (_, true) => ConnectorError::user(text.into()),
        _ => ConnectorError::io(text.into()),
    }
}

/// Where it went, and the innermost reason; the path and query are not told.
fn text(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let why = match std::ptr::addr_eq(last, error) {
        _ if error.is_timeout() => "it took too long".to_owned(),
        true => "no answer came".to_owned(),
        false => last.to_string(),
    };
    let host = error.url().and_then(Url::host_str);
    match host {
        Some(host) => format!("{host} did not answer: {why}"),
        None => why,
    }
}
