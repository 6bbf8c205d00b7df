mod detection;
mod drift;
mod load;
mod placement;
mod world;
