//! The memory of a CUDA device between batches. What comes in: a device that was opened; what goes out: the same device,
//! whose freed memory stays with the process. It allocates nothing itself.
#![expect(unsafe_code, reason = "the driver's calls are C")]

use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::{DriverError, result, sys};

/// Keeps memory that is freed for the next allocation.
///
/// By default a memory pool gives back to the system what is free whenever a stream is waited for, which is once a batch,
/// and every batch would have its memory mapped anew (CUDA driver API, `CU_MEMPOOL_ATTR_RELEASE_THRESHOLD`).
pub(super) fn keep_freed_memory(device: &CudaDevice) {
    let stream = device.cuda_stream();
    let context = stream.context();
    if !context.has_async_alloc() {
        return;
    }
    if let Err(error) = never_release(context.cu_device()) {
        tracing::warn!(%error, "the GPU's memory is mapped anew for every batch, which takes longer");
    }
}

fn never_release(device: sys::CUdevice) -> Result<(), DriverError> {
    let mut threshold = u64::MAX;
    // SAFETY: the device is that of an open context and has a default pool, and the attribute is a 64-bit number.
    unsafe {
        let pool = result::device::get_default_mem_pool(device)?;
        let attribute = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
        result::mem_pool::set_attribute(pool, attribute, (&raw mut threshold).cast())
    }
}
