mod detection;
mod drift;
mod placement;
mod world;
