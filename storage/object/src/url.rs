use std::path::PathBuf;

use url::Url;

/// Where a cell keeps its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// `file:///path`: a folder.
    Folder(PathBuf),
    /// A bucket of an object store.
    Bucket(Bucket),
}

/// A bucket, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Who has it.
    pub service: Service,
    /// Its name; with Azure, of the container.
    pub name: String,
    /// What all keys begin with, without slashes at its ends. May be empty.
    pub prefix: String,
    /// Another server than the service's own.
    pub endpoint: Option<Url>,
    /// Region of the bucket (S3).
    pub region: Option<String>,
    /// Storage account (Azure).
    pub account: Option<String>,
}

/// Who keeps the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, and what speaks like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

/// What is wrong with the address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL.
    #[error(
        "`{0}` is not the address of a store; write file:///path, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
    )]
    NotAUrl(String),
    /// A scheme of no store.
    #[error("no store has addresses that begin with `{0}:`; use file, s3, gs or az")]
    Scheme(String),
    /// The bucket is missing.
    #[error("the address of the store names no bucket: write {0}://bucket/prefix")]
    NoBucket(String),
    /// Credentials do not belong there: addresses are logged.
    #[error("the address of a store must not hold credentials; set them in the environment")]
    Credentials,
    /// A setting that is not known, or not for this kind of store.
    #[error("the address of the store has the unknown setting `{0}`")]
    Setting(String),
    /// The value of a setting cannot be used.
    #[error("the setting `{0}` of the store's address cannot be used: {1}")]
    Value(String, String),
    /// A name that the store would not keep as it is.
    #[error("the prefix `{0}` cannot be used: letters, digits, `-`, `_`, `.` and `/` can")]
    Prefix(String),
    /// Its listings are not sorted.
    #[error(
        "`{0}` is a directory bucket (S3 Express One Zone), which lists keys in no order; use a general purpose bucket"
    )]
    DirectoryBucket(String),
}

impl StoreUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, with a text that says what to write.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|_| UrlError::NotAUrl(text.to_owned()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        let service = match url.scheme() {
            "file" => return folder(&url),
            "s3" => Service::S3,
            "gs" => Service::Gcs,
            "az" => Service::Azure,
            other => return Err(UrlError::Scheme(other.to_owned())),
        };
        let name = url.host_str().filter(|host| !host.is_empty());
        let name = name.ok_or_else(|| UrlError::NoBucket(url.scheme().to_owned()))?.to_owned();
        if service == Service::S3 && name.ends_with("--x-s3") {
            return Err(UrlError::DirectoryBucket(name));
        }
        let prefix = url.path().trim_matches('/').to_owned();
        if !prefix.is_empty() && !prefix.split('/').all(is_plain) {
            return Err(UrlError::Prefix(prefix));
        }
        let mut bucket =
            Bucket { service, name, prefix, endpoint: None, region: None, account: None };
        for (setting, value) in url.query_pairs() {
            bucket.set(&setting, &value)?;
        }
        Ok(Self::Bucket(bucket))
    }
}

impl Bucket {
    fn set(&mut self, setting: &str, value: &str) -> Result<(), UrlError> {
        let cannot = |why: &str| Err(UrlError::Value(setting.to_owned(), why.to_owned()));
        match (setting, self.service) {
            ("endpoint", _) => match Url::parse(value) {
                Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                    return Err(UrlError::Credentials);
                }
                Ok(url) if matches!(url.scheme(), "http" | "https") => self.endpoint = Some(url),
                _ => return cannot("it must begin with http:// or https://"),
            },
            ("region", Service::S3) => self.region = Some(value.to_owned()),
            ("account", Service::Azure) => self.account = Some(value.to_owned()),
            _ => return Err(UrlError::Setting(setting.to_owned())),
        }
        Ok(())
    }
}

fn folder(url: &Url) -> Result<StoreUrl, UrlError> {
    if let Some((setting, _)) = url.query_pairs().next() {
        return Err(UrlError::Setting(setting.into_owned()));
    }
    let path = url.to_file_path().map_err(|()| UrlError::NotAUrl(url.to_string()))?;
    Ok(StoreUrl::Folder(path))
}

/// Whether every service keeps such a part of a key as it is.
fn is_plain(part: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(text: &str) -> Bucket {
        match StoreUrl::parse(text) {
            Ok(StoreUrl::Bucket(bucket)) => bucket,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn addresses_are_read() {
        let url = "s3://logs/weir/cell-1/?endpoint=http://127.0.0.1:9000&region=eu-central-1";
        let s3 = bucket(url);
        assert_eq!((s3.service, &*s3.name, &*s3.prefix), (Service::S3, "logs", "weir/cell-1"));
        assert_eq!(s3.endpoint.unwrap().as_str(), "http://127.0.0.1:9000/");
        assert_eq!(s3.region.as_deref(), Some("eu-central-1"));
        let az = bucket("az://container?account=acme");
        assert_eq!((&*az.prefix, az.account.as_deref()), ("", Some("acme")));
        assert_eq!(bucket("gs://b/p").service, Service::Gcs);
        let folder = StoreUrl::parse("file:///var/lib/weir%20store").unwrap();
        assert_eq!(folder, StoreUrl::Folder("/var/lib/weir store".into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fails = |text: &str| StoreUrl::parse(text).unwrap_err();
        assert_eq!(fails("bucket/prefix"), UrlError::NotAUrl("bucket/prefix".into()));
        assert_eq!(fails("ftp://x/y"), UrlError::Scheme("ftp".into()));
        assert_eq!(fails("s3:///prefix"), UrlError::NoBucket("s3".into()));
        assert_eq!(fails("s3://key:secret@bucket"), UrlError::Credentials);
        assert_eq!(fails("s3://b?endpoint=http://k:s@host"), UrlError::Credentials);
        assert_eq!(fails("gs://b?region=x"), UrlError::Setting("region".into()));
        assert_eq!(fails("s3://b/a//b"), UrlError::Prefix("a//b".into()));
        assert_eq!(fails("s3://b/a%20b"), UrlError::Prefix("a%20b".into()));
        assert!(matches!(fails("s3://b?endpoint=127.0.0.1:9000"), UrlError::Value(..)));
        assert!(matches!(fails("s3://b--use1-az4--x-s3"), UrlError::DirectoryBucket(_)));
        assert!(matches!(fails("file:///x?region=y"), UrlError::Setting(_)));
    }
}
