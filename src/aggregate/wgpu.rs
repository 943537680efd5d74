//! Runs work on a GPU through wgpu: the only file that names it.
//!
//! In: packed chunks. Out: the words a shader wrote. Two chunks are on their way at a time: while one is computed, the
//! next is packed and uploaded. Nothing here panics when a driver misbehaves: what it reports becomes an error.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pollster::block_on;
use wgpu::{
    Adapter, Backends, BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding,
    BufferDescriptor, BufferUsages, CommandBuffer, CommandEncoder, ComputePassDescriptor, ComputePipeline,
    ComputePipelineDescriptor, Device, DeviceDescriptor, DeviceType, Instance, InstanceDescriptor, InstanceFlags,
    Limits, MapMode, PipelineCompilationOptions, PollType, Queue, ShaderModuleDescriptor, ShaderSource,
    SubmissionIndex,
};

use super::choice::{AdapterInfo, Stopwatch};
use super::pieces::Sizes;
use super::work::{Dispatch, Executor, Kernel, OnDevice, Work};
use super::{AggregateError, Aggregator};

/// Longer than any chunk takes, also on a software adapter under load; a driver that hangs must not hang the run.
const PATIENCE: Duration = Duration::from_secs(120);

/// Invocations of a workgroup: what a GPU runs at once, or twice that.
const WORKGROUP: u32 = 64;

/// Lists and parameters of the runs of a chunk lie in one buffer each, at offsets every device can bind.
const ALIGNMENT: usize = 256;

/// The adapters of this machine, the fastest kind first.
pub(super) fn adapters() -> Vec<AdapterInfo> {
    found_adapters().iter().map(describe).collect()
}

fn found_adapters() -> Vec<Adapter> {
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.flags = InstanceFlags::empty();
    let instance = Instance::new(descriptor);
    let mut adapters = block_on(instance.enumerate_adapters(Backends::PRIMARY));
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
}

/// Whether a GPU may be there, asked without loading a driver: Mesa's software adapter alone would take over 100 MB.
fn gpu_in_sight() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    // NVIDIA, WSL, and whatever has a driver in the kernel.
    let files = ["/dev/nvidiactl", "/dev/dxg", "/dev/dri"];
    files.iter().any(|file| std::path::Path::new(file).exists())
}

fn rank(device_type: DeviceType) -> u8 {
    match device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

fn describe(adapter: &Adapter) -> AdapterInfo {
    let info = adapter.get_info();
    AdapterInfo {
        kind: match info.device_type {
            DeviceType::DiscreteGpu => "discrete",
            DeviceType::IntegratedGpu => "integrated",
            DeviceType::VirtualGpu => "virtual",
            DeviceType::Cpu => "software",
            DeviceType::Other => "unknown",
        },
        api: info.backend.to_str().to_string(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_string(),
        binding_bytes: adapter.limits().max_storage_buffer_binding_size,
        name: info.name,
    }
}

/// The best adapter, ready; a software one only where `software` allows it. With a stopwatch it computes a chunk only
/// after what was to be transferred is, so it is slower.
pub(super) fn open(
    software: bool,
    stopwatch: Option<Arc<Stopwatch>>,
) -> Result<(AdapterInfo, Box<dyn Aggregator>), AggregateError> {
    let mut executor = Wgpu::open(software, WORKGROUP)?;
    executor.stopwatch = stopwatch;
    let sizes = Sizes::USUAL;
    Ok((executor.info.clone(), Box::new(OnDevice { executor, sizes })))
}

/// A GPU, ready.
pub(super) struct Wgpu {
    info: AdapterInfo,
    device: Device,
    queue: Queue,
    kernels: [ComputePipeline; 4],
    workgroup: u32,
    /// Runs while a chunk is computed.
    stopwatch: Option<Arc<Stopwatch>>,
    /// What the driver reported, first come.
    fault: Arc<Mutex<Option<String>>>,
    /// One chunk computes, one is filled; a lock, because every thread of a run has a partition of its own.
    slots: Mutex<[Slot; 2]>,
}

/// Buffers of a chunk, kept from one to the next.
#[derive(Default)]
struct Slot {
    params: Option<Buffer>,
    lists: Option<Buffer>,
    values: Option<Buffer>,
    found: Option<Buffer>,
    output: Option<Buffer>,
    read_back: Option<Buffer>,
}

/// Where the parameters and the list of each dispatch are in their buffers.
struct Placed {
    params_at: Vec<usize>,
    lists_at: Vec<usize>,
}

/// A chunk on its way.
struct Running {
    index: usize,
    output_bytes: u64,
    submission: SubmissionIndex,
}

impl Wgpu {
    /// Opens the best adapter; a software one only where `software` allows it. Workgroups have `workgroup`
    /// invocations, a power of two.
    pub(super) fn open(software: bool, workgroup: u32) -> Result<Wgpu, AggregateError> {
        if !software && !gpu_in_sight() {
            let detail = "the system shows no GPU".to_string();
            return Err(AggregateError::NoAdapter { detail });
        }
        let adapters = found_adapters();
        let names: Vec<String> = adapters.iter().map(|adapter| describe(adapter).name).collect();
        let usable = |adapter: &Adapter| software || !describe(adapter).is_software();
        let Some(adapter) = adapters.into_iter().find(usable) else {
            let detail = match names.len() {
                0 => "no Vulkan, Metal or DirectX 12 driver was found".to_string(),
                _ => format!("only software adapters were found ({})", names.join(", ")),
            };
            return Err(AggregateError::NoAdapter { detail });
        };
        let info = describe(&adapter);
        let (device, queue) = block_on(adapter.request_device(&DeviceDescriptor {
            required_limits: Limits::default(),
            ..DeviceDescriptor::default()
        }))
        .map_err(|error| AggregateError::Device {
            adapter: info.name.clone(),
            detail: error.to_string(),
        })?;
        let fault = watch(&device);
        let kernels = [Kernel::Short, Kernel::Long, Kernel::Histogram, Kernel::Usual]
            .map(|kernel| pipeline(&device, kernel, workgroup));
        let wgpu = Wgpu {
            info,
            device,
            queue,
            kernels,
            workgroup,
            stopwatch: None,
            fault,
            slots: Mutex::default(),
        };
        wgpu.check()?;
        Ok(wgpu)
    }

    /// What the driver reported, as an error.
    fn check(&self) -> Result<(), AggregateError> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().map_or(Ok(()), |detail| Err(self.failed(detail)))
    }

    fn failed(&self, detail: impl ToString) -> AggregateError {
        AggregateError::Device {
            adapter: self.info.name.clone(),
            detail: detail.to_string(),
        }
    }

    /// Uploads a chunk, with what comes before the next submission.
    fn upload(&self, slot: &mut Slot, work: &Work) -> Placed {
        let (params, params_at) = work.laid_out(ALIGNMENT, |dispatch| &dispatch.params);
        let (lists, lists_at) = work.laid_out(ALIGNMENT, |dispatch| &dispatch.list);
        let read = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let write = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
        let back = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let uploads = [
            (&mut slot.params, &params, uniform),
            (&mut slot.lists, &lists, read),
            (&mut slot.values, &work.values, read),
            (&mut slot.found, &work.found, read),
        ];
        for (buffer, bytes, usage) in uploads {
            let buffer = self.fit(buffer, bytes.len(), usage);
            self.queue.write_buffer(buffer, 0, bytes);
        }
        self.fit(&mut slot.output, work.output_bytes, write);
        self.fit(&mut slot.read_back, work.output_bytes, back);
        Placed { params_at, lists_at }
    }

    /// What computes a chunk that is there.
    fn compute(&self, slot: &Slot, work: &Work, placed: &Placed) -> CommandBuffer {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        for (number, dispatch) in work.dispatches.iter().enumerate() {
            let group = self.bind(slot, dispatch, work, placed.params_at[number], placed.lists_at[number]);
            self.encode(&mut encoder, dispatch, &group);
        }
        encoder.finish()
    }

    /// What brings the output of a chunk to where it can be read.
    fn copy_back(&self, slot: &Slot, work: &Work) -> CommandBuffer {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        if let (Some(output), Some(read_back)) = (&slot.output, &slot.read_back) {
            encoder.copy_buffer_to_buffer(output, 0, read_back, 0, work.output_bytes as u64);
        }
        encoder.finish()
    }

    /// The buffer, made anew where it is too small.
    fn fit<'b>(&self, buffer: &'b mut Option<Buffer>, bytes: usize, usage: BufferUsages) -> &'b Buffer {
        let size = (bytes.next_multiple_of(ALIGNMENT) as u64).max(ALIGNMENT as u64);
        if buffer.as_ref().is_some_and(|buffer| buffer.size() < size) {
            *buffer = None;
        }
        buffer.get_or_insert_with(|| {
            self.device.create_buffer(&BufferDescriptor {
                label: None,
                size,
                usage,
                mapped_at_creation: false,
            })
        })
    }

    fn bind(&self, slot: &Slot, dispatch: &Dispatch, work: &Work, params_at: usize, list_at: usize) -> BindGroup {
        let has_found = dispatch.kernel == Kernel::Histogram;
        let bindings = [
            (&slot.params, params_at, dispatch.params.len()),
            (&slot.lists, list_at, dispatch.list.len()),
            (&slot.values, 0, work.values.len()),
            (&slot.output, 0, work.output_bytes),
            (&slot.found, 0, work.found.len()),
        ];
        let entries: Vec<BindGroupEntry<'_>> = bindings[..if has_found { 5 } else { 4 }]
            .iter()
            .zip(0..)
            .filter_map(|((buffer, offset, bytes), binding)| {
                Some(BindGroupEntry {
                    binding,
                    resource: BindingResource::Buffer(BufferBinding {
                        buffer: buffer.as_ref()?,
                        offset: *offset as u64,
                        size: NonZeroU64::new(*bytes as u64),
                    }),
                })
            })
            .collect();
        self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &self.kernels[dispatch.kernel as usize].get_bind_group_layout(0),
            entries: &entries,
        })
    }

    fn encode(&self, encoder: &mut CommandEncoder, dispatch: &Dispatch, group: &BindGroup) {
        let groups = match dispatch.kernel {
            Kernel::Short | Kernel::Usual => dispatch.entries.div_ceil(self.workgroup),
            Kernel::Long | Kernel::Histogram => dispatch.entries,
        };
        // A dimension takes 65,535 workgroups on every device: more go into rows of so many.
        let columns = groups.clamp(1, 65_535);
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(&self.kernels[dispatch.kernel as usize]);
        pass.set_bind_group(0, group, &[]);
        pass.dispatch_workgroups(columns, groups.div_ceil(columns), 1);
    }

    /// Waits until what was submitted is done.
    fn wait(&self, submission: SubmissionIndex) -> Result<(), AggregateError> {
        let wait = PollType::Wait {
            submission_index: Some(submission),
            timeout: Some(PATIENCE),
        };
        self.device.poll(wait).map_err(|error| self.failed(error))?;
        self.check()
    }

    /// Waits for a chunk and hands out what was written.
    fn read(&self, slot: &Slot, running: Running, take: &mut dyn FnMut(usize, &[u8])) -> Result<(), AggregateError> {
        let Some(buffer) = &slot.read_back else { return Ok(()) };
        let (sender, mapped) = std::sync::mpsc::channel();
        buffer.map_async(MapMode::Read, ..running.output_bytes, move |result| {
            // The receiver is gone only after another error.
            let _ = sender.send(result);
        });
        self.wait(running.submission)?;
        let mapped = mapped.try_recv().map_err(|error| self.failed(error))?;
        mapped.map_err(|error| self.failed(error))?;
        let range = buffer.get_mapped_range(..running.output_bytes);
        take(running.index, &range.map_err(|error| self.failed(error))?);
        buffer.unmap();
        Ok(())
    }
}

impl Executor for Wgpu {
    fn execute(
        &self,
        count: usize,
        work: &mut dyn FnMut(usize) -> Work,
        take: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), AggregateError> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before: Option<Running> = None;
        for index in 0..count {
            let slot = &mut slots[index % 2];
            let work = work(index);
            let placed = self.upload(slot, &work);
            let mut commands = vec![self.compute(slot, &work, &placed)];
            if let Some(stopwatch) = &self.stopwatch {
                self.wait(self.queue.submit([]))?;
                stopwatch.time(|| self.wait(self.queue.submit(commands.drain(..))))?;
            }
            commands.push(self.copy_back(slot, &work));
            let running = Running {
                index,
                output_bytes: work.output_bytes as u64,
                submission: self.queue.submit(commands),
            };
            tracing::trace!(index, bytes = work.values.len(), "chunk submitted");
            self.check()?;
            if let Some(before) = before.replace(running) {
                self.read(&slots[before.index % 2], before, take)?;
            }
        }
        before.map_or(Ok(()), |last| self.read(&slots[last.index % 2], last, take))
    }
}

/// Keeps the first thing that goes wrong, where the default would end the program.
fn watch(device: &Device) -> Arc<Mutex<Option<String>>> {
    let fault = Arc::new(Mutex::new(None));
    let keep = |fault: &Mutex<Option<String>>, detail: String| {
        fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(detail);
    };
    let (uncaptured, lost) = (Arc::clone(&fault), Arc::clone(&fault));
    device.on_uncaptured_error(Arc::new(move |error| keep(&uncaptured, error.to_string())));
    device.set_device_lost_callback(move |reason, message| {
        keep(&lost, format!("the device was lost ({reason:?}) {message}"));
    });
    fault
}

fn pipeline(device: &Device, kernel: Kernel, workgroup: u32) -> ComputePipeline {
    let (name, source) = kernel.source();
    let module = device.create_shader_module(ShaderModuleDescriptor {
        label: Some(name),
        source: ShaderSource::Wgsl(source.into()),
    });
    device.create_compute_pipeline(&ComputePipelineDescriptor {
        label: Some(name),
        layout: None,
        module: &module,
        entry_point: Some(name),
        compilation_options: PipelineCompilationOptions {
            constants: &[("WORKGROUP", f64::from(workgroup))],
            ..PipelineCompilationOptions::default()
        },
        cache: None,
    })
}
