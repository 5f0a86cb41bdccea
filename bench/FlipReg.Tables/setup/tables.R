# Writes the tables of Debian's R packages as CSV files: the class first, then numbers. Argument: the folder.
folder <- commandArgs(trailingOnly = TRUE)[1]

data_of <- function(package, name) {
  room <- new.env()
  data(list = name, package = package, envir = room)
  as.data.frame(get(name, envir = room))
}

# Numbers as they are; two values as 0 and 1; more as one slot each, all 0 where the value is missing. A missing number or 0/1 is left empty.
encode <- function(column, name) {
  if (is.logical(column)) column <- factor(column)
  if (is.character(column)) column <- factor(column)
  if (!is.factor(column)) return(setNames(list(as.numeric(column)), name))
  column <- factor(column)
  values <- levels(column)
  if (length(values) < 2) return(list())
  if (length(values) == 2) return(setNames(list(as.numeric(column == values[2])), paste0(name, "=", values[2])))
  setNames(lapply(values, function(v) as.numeric(!is.na(column) & column == v)), paste0(name, "=", values))
}

table_of <- function(name, frame, target, drop = character(), rows = NULL) {
  frame <- frame[!is.na(frame[[target]]), ]
  if (!is.null(rows) && nrow(frame) > rows) {
    set.seed(1)
    frame <- frame[sort(sample(nrow(frame), rows)), ]
  }
  features <- setdiff(names(frame), c(target, drop))
  columns <- do.call(c, lapply(features, function(f) encode(frame[[f]], f)))
  out <- data.frame(class = as.character(frame[[target]]), columns, check.names = FALSE)
  path <- file.path(folder, paste0(name, ".csv"))
  aside <- paste0(path, ".tmp")
  write.csv(out, aside, row.names = FALSE, na = "")
  invisible(file.rename(aside, path))
}

numbers <- function(frame, target) {
  for (f in setdiff(names(frame), target)) frame[[f]] <- as.numeric(as.character(frame[[f]]))
  frame
}

mlbench <- function(name) data_of("mlbench", name)
table_of("satellite", mlbench("Satellite"), "classes")
table_of("vowel", mlbench("Vowel"), "Class")
table_of("vehicle", mlbench("Vehicle"), "Class")
table_of("glass", mlbench("Glass"), "Type")
table_of("pima", mlbench("PimaIndiansDiabetes"), "diabetes")
table_of("dna", mlbench("DNA"), "Class")
table_of("letter", mlbench("LetterRecognition"), "lettr")
table_of("breastcancer", numbers(mlbench("BreastCancer")[, -1], "Class"), "Class")
table_of("ionosphere", mlbench("Ionosphere"), "Class")
table_of("sonar", mlbench("Sonar"), "Class")
table_of("soybean", mlbench("Soybean"), "Class")
table_of("votes", mlbench("HouseVotes84"), "Class")
table_of("zoo", mlbench("Zoo"), "type")

table_of("spam", data_of("kernlab", "spam"), "type")
table_of("musk", data_of("kernlab", "musk"), "Class")

table_of("hpc", data_of("modeldata", "hpc_data"), "class")
table_of("diamonds", data_of("ggplot2", "diamonds"), "cut", rows = 10000)
