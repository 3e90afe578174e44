console.log("billing")
