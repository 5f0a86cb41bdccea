global using static FlipReg.Runtime.KeptScalars;
